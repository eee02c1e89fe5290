import path from 'node:path';
import { parseArgs } from 'node:util';
import { isNightlogError, NightlogError } from '@nightlog/shared/base/nightlog-error';
import { reportError } from '../cli/report-error.ts';
import { connectOrStart, makeRunningServerMakeWay } from './connect-or-start.ts';
import { findServer } from './find-server.ts';
import { assertOutsideJob } from './inside-job.ts';
import { findProcess, ownIdentity } from './process-identity.ts';
import type { ServerRecord } from './server-file.ts';
import { systemHost } from './server-host.ts';
import { stateFolderPath } from './state-folder.ts';
import { onStopSignals } from './stop-signals.ts';

/** What `nightlog serve` was asked for. */
export interface ServeArguments {
	/** Sees that a server runs, and ends; with a parent, stays until that is gone. The server goes on. */
	readonly detach: boolean;
	/** Is the server that `--detach` started. */
	readonly background: boolean;
	readonly replace: boolean;
	readonly json: boolean;
	readonly help: boolean;
	readonly socket: string | null;
	readonly port: number | null;
	readonly parentPid: number | null;
}

const help = `Usage: nightlog serve [--detach] [--replace] [--socket PATH] [--port N] [--parent-pid N] [--json]

Runs the server of this person and machine in the foreground, until Ctrl-C.

  --detach        see that a server runs in the background, and end; commands and editors do this by themselves
  --replace       make a server that runs already make way first; of one on another machine with the same home,
                  ask for the jobs, which it gives when none is open
  --socket PATH   listen there instead of in the state folder
  --port N        listen on this port of 127.0.0.1, too (0 for any); the token is in server.json
  --parent-pid N  end when this process ends (with --detach: this command, not the server)
  --json          print where it listens as JSON
`;

/** @throws NightlogError `command/bad-usage` (400) */
export function parseServeArguments(argv: readonly string[]): ServeArguments {
	let values: Record<string, string | boolean | undefined>;
	try {
		({ values } = parseArgs({
			args: [...argv],
			strict: true,
			allowPositionals: false,
			options: {
				detach: { type: 'boolean' },
				background: { type: 'boolean' },
				replace: { type: 'boolean' },
				json: { type: 'boolean' },
				help: { type: 'boolean', short: 'h' },
				socket: { type: 'string' },
				port: { type: 'string' },
				'parent-pid': { type: 'string' },
			},
		}));
	} catch (error) {
		throw new NightlogError('command/bad-usage', `${error instanceof Error ? error.message : String(error)}. See \`nightlog serve --help\`.`, {
			status: 400,
		});
	}
	const parsed = {
		detach: values.detach === true,
		background: values.background === true,
		replace: values.replace === true,
		json: values.json === true,
		help: values.help === true,
		socket: typeof values.socket === 'string' ? values.socket : null,
		port: readNumber('--port', values.port, 0, 65_535),
		parentPid: readNumber('--parent-pid', values['parent-pid'], 1, 2 ** 31 - 1),
	};
	if (parsed.detach && (parsed.socket !== null || parsed.port !== null)) {
		throw new NightlogError('command/bad-usage', '`--socket` and `--port` go with a server in the foreground, not with `--detach`.', { status: 400 });
	}
	return parsed;
}

function readNumber(name: string, value: unknown, least: number, most: number): number | null {
	if (value === undefined) return null;
	const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
	if (number >= least && number <= most) return number;
	throw new NightlogError('command/bad-usage', `${name} takes a whole number from ${least} to ${most}.`, { status: 400 });
}

/** `nightlog serve`. @returns the exit code */
export async function runServeCommand(argv: readonly string[]): Promise<number> {
	try {
		const given = parseServeArguments(argv);
		if (given.help) {
			process.stdout.write(help);
			return 0;
		}
		return await (given.detach ? detach(given) : serve(given));
	} catch (error) {
		process.stderr.write(reportError(error, argv.includes('--json')));
		if (!isNightlogError(error)) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
		return isNightlogError(error, 'command/bad-usage') ? 2 : 3;
	}
}

async function detach(given: ServeArguments): Promise<number> {
	const { record, close } = await connectOrStart({ replace: given.replace });
	close();
	describe(record, given);
	if (given.parentPid === null) return 0;
	const { processes } = systemHost();
	const parent = ownIdentity(processes, given.parentPid);
	await new Promise<void>((resolve) => {
		const timer = setInterval(() => {
			if (findProcess(parent, processes) === 'runs') return;
			clearInterval(timer);
			resolve();
		}, 1_000);
	});
	return 0;
}

async function serve(given: ServeArguments): Promise<number> {
	assertOutsideJob(process.env);
	if (given.replace && !given.background) await makeRunningServerMakeWay();
	const [{ runServer }, { openServices }, { migrations }] = await Promise.all([
		import('./run-server.ts'),
		import('./open-services.ts'),
		import('./migrations.ts'),
	]);
	const host = systemHost();
	const asked = new AbortController();
	onStopSignals(process, { stop: () => asked.abort(), stopAtOnce: () => process.exit(130), nowMs: () => performance.now() });
	if (given.background) process.on('SIGHUP', () => undefined);
	const end = await runServer({
		host,
		migrations,
		openServices,
		socket: given.socket,
		port: given.port,
		parentPid: given.parentPid,
		asksForStore: given.replace,
		endsIdle: given.background,
		onReady: (record) => describe(record, given),
		signal: asked.signal,
	});
	if (end === 'already-running') {
		const record = await findServer(stateFolderPath(host.surroundings), host);
		assertListensThere(record, given);
		if (record !== null) describe(record, given);
		else process.stdout.write('Another Nightlog server has the store; it does not answer now.\n');
	}
	return 0;
}

/**
 * Whoever asked for a port or a socket would be told of another.
 *
 * @throws NightlogError `server/already-running` (503) where the server that runs does not listen there
 */
export function assertListensThere(record: ServerRecord | null, { socket, port }: Pick<ServeArguments, 'socket' | 'port'>): void {
	const hasSocket = socket === null || record?.socket === path.resolve(socket);
	const hasPort = port === null || (record !== null && record.port !== null && (port === 0 || record.port === port));
	if (hasSocket && hasPort) return;
	const asked = [...(socket === null ? [] : [`--socket ${socket}`]), ...(port === null ? [] : [`--port ${port}`])].join(' ');
	const found =
		record === null ? 'Another server has the store, and does not answer' : `A server runs already (process ${record.pid}, ${placeOf(record)})`;
	throw new NightlogError(
		'server/already-running',
		`${found}: nothing listens as asked. To put one in its place, run: nightlog serve --replace ${asked}`,
		{
			status: 503,
		},
	);
}

function placeOf({ socket, port }: ServerRecord): string {
	return port === null ? socket : `${socket} and 127.0.0.1:${port}`;
}

function describe(record: ServerRecord, { json }: ServeArguments): void {
	if (json) {
		const { token, ...rest } = record;
		process.stdout.write(`${JSON.stringify({ ...rest, hasToken: token !== null })}\n`);
		return;
	}
	process.stdout.write(`Nightlog ${record.version} (process ${record.pid}) listens on ${placeOf(record)}\n`);
}
