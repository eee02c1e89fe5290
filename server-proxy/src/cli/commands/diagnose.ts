import { execFile } from 'node:child_process';
import { access, constants, readFile, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Finding } from '@nightlog/shared/base/finding';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { formatMemory } from '@nightlog/shared/views/resource-text';
import { jobEnvironment } from '../../backends/job-environment.ts';
import { PythonProber } from '../../jobs/python-probe.ts';
import { checkoutPython } from '../../lifecycle/checkout-python.ts';
import { programFolder } from '../../program-folder.ts';
import { serverVersion } from '../../server-version.ts';
import type { CommandContext, ServerConnection } from '../command-context.ts';
import { describePython } from '../describe-python.ts';
import { exitCodes } from '../exit-codes.ts';
import { activePython } from '../find-python.ts';
import { formatFindings } from '../format-findings.ts';

const run = promisify(execFile);
/** Below this a job's result may not be kept. */
const scarceBytes = 1024 ** 3;

const say = (code: string, severity: Finding['severity'], message: string): Finding => ({
	code: `diagnose/${code}`,
	severity,
	message,
	cell: null,
	path: null,
});

/** `diagnose`: what Nightlog finds on this machine, and what is missing, in plain sentences. */
export async function diagnose(context: CommandContext, options: { readonly json?: boolean }): Promise<number> {
	const findings: Finding[] = [say('program', 'information', `This is Nightlog ${serverVersion} on Node ${process.versions.node}.`)];
	let connection: ServerConnection | null = null;
	try {
		connection = await context.connect();
		findings.push(...(await describeServer(connection, context.signal)));
	} catch (error) {
		context.signal.throwIfAborted();
		findings.push(say('server', 'error', isNightlogError(error) ? error.message : `The server cannot be reached: ${String(error)}`));
	}
	findings.push(await describeGit(context), ...(await describePythons(context, connection)));
	if (connection !== null) findings.push(await describeStateFolder(connection.stateFolder));
	if (options.json === true) context.terminal.write(`${JSON.stringify(findings)}\n`);
	else {
		for (const { message } of findings.filter(({ severity }) => severity === 'information')) context.terminal.write(`  ${message}\n`);
		context.terminal.write(formatFindings(findings.filter(({ severity }) => severity !== 'information')));
	}
	if (connection === null) return exitCodes.noServer;
	return findings.some(({ severity }) => severity === 'error') ? exitCodes.badInput : exitCodes.done;
}

async function describeServer({ client }: ServerConnection, signal: AbortSignal): Promise<Finding[]> {
	const health = await client.call('getHealth', { signal });
	const open = health.openJobs === 1 ? '1 job is open' : `${health.openJobs} jobs are open`;
	const found = [
		say('server', 'information', `The server ${health.version} runs on ${health.host} as process ${health.pid}; ${open}.`),
		say('state-folder', 'information', `Its state is in ${health.stateFolder}.`),
	];
	if (health.version !== serverVersion) {
		found.push(
			say(
				'server-version',
				'warning',
				`The server is version ${health.version} and this program ${serverVersion}; it makes way when its jobs are done.`,
			),
		);
	}
	const { backends } = await client.call('listBackends', { signal });
	if (backends.length === 0) found.push(say('backends', 'error', 'No backend is configured, so no job can run; see "nightlog config show".'));
	for (const { name, type, problem, reachable } of backends) {
		if (problem !== null) found.push(say('backend', 'error', `Nothing can be submitted to ${name} (${type}): ${problem}`));
		else if (reachable === false) found.push(say('backend', 'warning', `${name} (${type}) cannot be asked now.`));
		else found.push(say('backend', 'information', `Jobs can be submitted to ${name} (${type}).`));
	}
	return found;
}

async function describeGit({ signal, environment }: CommandContext): Promise<Finding> {
	try {
		const { stdout } = await run('git', ['--version'], { signal, timeout: 10_000, env: environment });
		return say('git', 'information', `Git is ${stdout.trim().replace(/^git version /, '')}.`);
	} catch {
		signal.throwIfAborted();
		const what = 'Git was not found: versions are kept all the same, but not in worktrees, sparse or shared repositories. Install git.';
		return say('git', 'warning', what);
	}
}

async function describePythons(context: CommandContext, connection: ServerConnection | null): Promise<Finding[]> {
	const environment = connection === null ? context.environment : await environmentOf(connection, context);
	const prober = new PythonProber({
		runner: path.join(programFolder(), 'runner.pyz'),
		environment: jobEnvironment(environment, [], { id: 'probe', cpus: null }),
		database: null,
	});
	const around = {
		requested: activePython(context.environment),
		environment,
		fallback: checkoutPython(programFolder(), environment, environment.HOME ?? homedir()),
	};
	const backends = connection === null ? [{ name: 'this machine', python: null }] : await localBackends(connection, context.signal);
	return Promise.all(
		backends.map(({ name, python: configured }) => describePython({ ...around, configured }, name, (python) => prober.probe(python))),
	);
}

/** The backends whose jobs run here, with the Python that the configuration names for them. */
async function localBackends(
	{ client }: ServerConnection,
	signal: AbortSignal,
): Promise<{ readonly name: string; readonly python: string | null }[]> {
	const [{ backends }, { config }] = await Promise.all([
		client.call('listBackends', { signal }),
		client.call('showConfiguration', { query: {}, signal }),
	]);
	const configured = (config.backends ?? {}) as Readonly<Record<string, { readonly python?: string | null }>>;
	return backends.filter(({ type }) => type === 'local').map(({ name }) => ({ name, python: configured[name]?.python ?? null }));
}

/** The environment that the server was started in, which may be another shell's: its jobs get theirs from that. This shell's where that is not to be seen. */
async function environmentOf({ client }: ServerConnection, context: CommandContext): Promise<CommandContext['environment']> {
	const { pid } = await client.call('getHealth', { signal: context.signal });
	try {
		const text = await readFile(`/proc/${pid}/environ`, 'utf8');
		const variables = text.split('\0').filter((variable) => variable.includes('='));
		return Object.fromEntries(variables.map((variable) => [variable.slice(0, variable.indexOf('=')), variable.slice(variable.indexOf('=') + 1)]));
	} catch {
		return context.environment;
	}
}

async function describeStateFolder(folder: string): Promise<Finding> {
	try {
		await access(folder, constants.W_OK);
		const { bavail, bsize } = await statfs(folder);
		const free = bavail * bsize;
		if (free < scarceBytes) return say('disk', 'warning', `Only ${formatMemory(free)} is free where the state is; results may not be kept.`);
		return say('disk', 'information', `${formatMemory(free)} is free there.`);
	} catch (error) {
		return say('disk', 'error', `The state folder ${folder} cannot be written to (${(error as NodeJS.ErrnoException).code}).`);
	}
}
