import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';

const cache = process.env.XDG_CACHE_HOME;
// Compiled code is kept from start to start: half of the time until the server answers is compiling.
enableCompileCache(path.join(cache !== undefined && path.isAbsolute(cache) ? cache : path.join(homedir(), '.cache'), 'nightlog', 'node'));

async function run(argv: readonly string[]): Promise<number> {
	// A save makes a dozen files durable at once: with Node's four threads they would wait for each other.
	if (argv[0] === 'serve') process.env.UV_THREADPOOL_SIZE ??= '12';
	if (argv[0] === 'serve') return (await import('./lifecycle/serve-command.ts')).runServeCommand(argv.slice(1));
	return (await import('./cli/main.ts')).runCommandLine(argv);
}

process.exitCode = await run(process.argv.slice(2));
