import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import webpack from 'webpack';

const here = path.dirname(fileURLToPath(import.meta.url));
const { version } = JSON.parse(readFileSync(path.join(here, 'package.json'), 'utf8'));

/** The runner travels with the bundle: beside it, packed into one file. */
class RunnerPlugin {
	apply(compiler) {
		compiler.hooks.afterEmit.tap('RunnerPlugin', () => {
			const build = path.join(here, 'runner', 'build.mjs');
			if (!existsSync(build)) throw new Error(`${build} is missing`);
			const { status } = spawnSync(process.execPath, [build], { stdio: 'inherit' });
			if (status !== 0) throw new Error('the runner could not be packed');
		});
	}
}

const builtins = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
const fastify = path.join('node_modules', 'fastify');

/**
 * Node's own modules come by `require`: an `import` of one reads all that it exports, and `http` then loads a second HTTP client and a WebSocket. What
 * fastify loads and we never use (it serves us plain HTTP, without plugins) stays out: 8 MB of memory.
 */
function externalOf(context, request) {
	if ((request === 'node:https' || request === 'node:http2') && context.includes(fastify)) return 'var {}';
	// Looks whether a regular expression in a route can take long: no route of ours has one.
	if (request === 'safe-regex2') return 'var () => true';
	return builtins.has(request) ? `node-commonjs ${request}` : undefined;
}

export default {
	mode: 'production',
	target: 'node22',
	entry: path.join(here, 'lib', 'main.js'),
	experiments: { outputModule: true },
	output: {
		path: path.join(here, 'dist'),
		filename: 'nightlog.mjs',
		// By content: a server that runs on never loads a part of a newer program.
		chunkFilename: 'nightlog.[id].[contenthash:8].mjs',
		module: true,
		chunkFormat: 'module',
		library: { type: 'module' },
		clean: { keep: 'runner.pyz' },
	},
	devtool: false,
	externalsPresets: { node: false },
	externals: [({ context, request }, callback) => callback(null, externalOf(context, request))],
	// What stands in a file of the bundle says where it is at run time, not where it was built.
	module: { parser: { javascript: { importMeta: false } } },
	resolve: {
		conditionNames: ['node', 'import', 'default'],
		// Fastify's alone: it compares the versions of plugins.
		alias: { semver: false },
	},
	optimization: { chunkIds: 'deterministic', moduleIds: 'deterministic' },
	performance: false,
	stats: 'errors-warnings',
	plugins: [new webpack.DefinePlugin({ NIGHTLOG_VERSION: JSON.stringify(version) }), new RunnerPlugin()],
};
