import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
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

export default {
	mode: 'production',
	target: 'node22',
	entry: path.join(here, 'lib', 'main.js'),
	experiments: { outputModule: true },
	output: {
		path: path.join(here, 'dist'),
		filename: 'nightlog.mjs',
		chunkFilename: 'nightlog.[name].mjs',
		module: true,
		chunkFormat: 'module',
		library: { type: 'module' },
		clean: { keep: 'runner.pyz' },
	},
	devtool: false,
	// What stands in a file of the bundle says where it is at run time, not where it was built.
	module: { parser: { javascript: { importMeta: false } } },
	resolve: { conditionNames: ['node', 'import', 'default'] },
	optimization: { chunkIds: 'named', moduleIds: 'deterministic' },
	performance: false,
	stats: 'errors-warnings',
	plugins: [new webpack.DefinePlugin({ NIGHTLOG_VERSION: JSON.stringify(version) }), new RunnerPlugin()],
};
