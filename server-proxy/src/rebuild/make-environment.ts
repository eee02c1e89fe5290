import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { RebuildPlan, Requirement, UnavailablePackage } from '@nightlog/shared/jobs/plan-rebuild';
import { lastLine } from './find-uv.ts';
import { markUsed, pruneEnvironments } from './prune-environments.ts';
import type { RunProgram } from './run-program.ts';

/** An environment that was made from a receipt. */
export interface MadeEnvironment {
	/** Absolute path of its Python. */
	readonly python: string;
	/** What could not be had, with why. */
	readonly missing: readonly UnavailablePackage[];
	/** What else is not as it was. */
	readonly notes: readonly string[];
}

/** What making an environment needs of the world. */
export interface EnvironmentMaker {
	/** Absolute path of uv. */
	readonly uv: string;
	/** Folder of environments, absolute; each lies in one of its own, named by the digest. */
	readonly folder: string;
	readonly run: RunProgram;
	/** Told what is being done, a line each. */
	readonly report: (line: string) => void;
	/** Milliseconds since 1970. */
	readonly nowMs: () => number;
	/** Command lines of the programs that run now. */
	readonly commands: () => Promise<readonly string[]>;
}

const doneFile = 'nightlog-environment.json';
const digestPattern = /^[0-9a-f]{64}$/;

/**
 * Makes the environment that a plan describes, or finds it as it was made before. It is there whole or not at all.
 *
 * Every package is pinned and nothing is resolved; what cannot be had is left out and named, and is tried again whenever the environment is asked for: a registry
 * may have been out of reach only for a moment. Without ipykernel nothing can run.
 *
 * @param digest SHA-256 of the environment, from the receipt
 * @throws NightlogError `rebuild/bad-record`, `rebuild/no-python`, `rebuild/no-kernel`
 */
export async function makeEnvironment(plan: RebuildPlan, digest: string, maker: EnvironmentMaker, signal: AbortSignal): Promise<MadeEnvironment> {
	if (!digestPattern.test(digest)) throw new NightlogError('rebuild/bad-record', 'The run record does not name its environment.', { status: 422 });
	if (plan.requirements.length === 0)
		throw new NightlogError('rebuild/bad-record', plan.notes[0] ?? 'The run record names no package.', { status: 422 });
	const folder = path.join(maker.folder, digest.slice(0, 32));
	const found = await readDone(folder);
	if (found) {
		const done = await completeEnvironment(plan, folder, found, maker, signal);
		await markUsed(folder, doneFile, maker.nowMs());
		await pruneOthers(folder, maker);
		return { python: pythonOf(folder), ...done };
	}

	const draft = `${folder}.${process.pid}`;
	await mkdir(maker.folder, { recursive: true, mode: 0o700 });
	await rm(draft, { recursive: true, force: true });
	await rm(folder, { recursive: true, force: true }); // not whole, or it would have been found
	try {
		const notes = [...plan.notes, ...(await makeVenv(plan.pythonVersion, draft, maker, signal))];
		maker.report(`installing ${plan.requirements.length} packages`);
		const missing = [...plan.unavailable, ...(await install(plan.requirements, draft, maker, signal))];
		const kernel = missing.find(({ name }) => name.toLowerCase() === 'ipykernel');
		if (kernel !== undefined || !plan.requirements.some(({ name }) => name.toLowerCase() === 'ipykernel')) {
			const why = kernel === undefined ? 'ipykernel is not in the record.' : `ipykernel cannot be had (${kernel.reason}).`;
			throw new NightlogError('rebuild/no-kernel', `The environment cannot be made anew: ${why}`, { status: 422 });
		}
		const done = { missing, notes };
		await writeFile(path.join(draft, doneFile), JSON.stringify(done));
		await rename(draft, folder).catch(async (error: unknown) => {
			if (!(await readDone(folder))) throw error; // another process was quicker
		});
		await pruneOthers(folder, maker);
		return { python: pythonOf(folder), ...done };
	} finally {
		await rm(draft, { recursive: true, force: true });
	}
}

type Done = Pick<MadeEnvironment, 'missing' | 'notes'>;

/** Installs what could not be had before; what is there stays as it is, for a job may run from it. */
async function completeEnvironment(plan: RebuildPlan, folder: string, found: Done, maker: EnvironmentMaker, signal: AbortSignal): Promise<Done> {
	const before = new Set(found.missing.map(({ name }) => name));
	const again = plan.requirements.filter(({ name }) => before.has(name));
	if (again.length === 0) return found;
	maker.report(`trying again what could not be had before: ${again.map(({ line }) => line).join(', ')}`);
	const done = { missing: [...plan.unavailable, ...(await install(again, folder, maker, signal))], notes: found.notes };
	const draft = path.join(folder, `${doneFile}.${process.pid}`);
	await writeFile(draft, JSON.stringify(done));
	await rename(draft, path.join(folder, doneFile));
	return done;
}

/** Room is made for this one. What cannot be removed now is tried again the next time. */
async function pruneOthers(keep: string, { folder, nowMs, commands, report }: EnvironmentMaker): Promise<void> {
	try {
		const removed = await pruneEnvironments({ folder, mark: doneFile, keep, nowMs: nowMs(), commands });
		if (removed > 0) report(`removed ${removed} environments that were not used for 30 days`);
	} catch (error) {
		report(`old environments could not be removed: ${error instanceof Error ? error.message : String(error)}`);
	}
}

const pythonOf = (folder: string) => path.join(folder, 'bin', 'python');

async function readDone(folder: string): Promise<Done | null> {
	try {
		return JSON.parse(await readFile(path.join(folder, doneFile), 'utf8')) as Done;
	} catch {
		return null; // not made, or not whole: it is made again
	}
}

/** The same Python where it is here or can be brought; else the same minor version, which is said. */
async function makeVenv(version: string | null, folder: string, { uv, run, report }: EnvironmentMaker, signal: AbortSignal): Promise<string[]> {
	const base = ['venv', '--quiet', '--relocatable', '--no-project', '--no-config'];
	const minor = version?.split('.').slice(0, 2).join('.') ?? null;
	const tries: { args: string[]; note: string | null }[] = [];
	if (version !== null && minor !== null) {
		tries.push({ args: ['--no-python-downloads', '--python', version], note: null });
		tries.push({ args: ['--python', version], note: null });
		tries.push({ args: ['--no-python-downloads', '--python', minor], note: `Python ${version} could not be had; another ${minor} is used.` });
	} else {
		tries.push({ args: ['--no-python-downloads'], note: 'The record does not know its version of Python; the one at hand is used.' });
	}
	report(`making an environment with Python ${version ?? 'as it is here'}`);
	let said = '';
	for (const { args, note } of tries) {
		await rm(folder, { recursive: true, force: true });
		const { code, output } = await run(uv, [...base, ...args, folder], signal);
		if (code === 0) return note === null ? [] : [note];
		said = lastLine(output);
	}
	throw new NightlogError(
		'rebuild/no-python',
		`No Python ${minor ?? '3'} could be had for the environment: install it and try again. ${said}`.trim(),
		{ status: 422 },
	);
}

/** Installs all at once; where that fails, halves until what cannot be had stands alone. */
async function install(
	requirements: readonly Requirement[],
	folder: string,
	maker: EnvironmentMaker,
	signal: AbortSignal,
): Promise<UnavailablePackage[]> {
	if (requirements.length === 0) return [];
	// Two may complete one environment at a time.
	const file = path.join(folder, `nightlog-requirements.${process.pid}.txt`);
	await writeFile(file, `${requirements.map(({ line }) => line).join('\n')}\n`);
	const args = ['pip', 'install', '--quiet', '--no-config', '--no-deps', '--compile-bytecode', '--python', pythonOf(folder), '--requirement', file];
	const { code, output } = await maker.run(maker.uv, args, signal).finally(() => rm(file, { force: true }));
	if (code === 0) return [];
	const [only] = requirements;
	if (requirements.length === 1 && only) {
		maker.report(`${only.line} could not be had`);
		return [{ name: only.name, version: only.line.split('==')[1] ?? null, reason: lastLine(output) || 'it could not be installed' }];
	}
	const middle = Math.ceil(requirements.length / 2);
	return [
		...(await install(requirements.slice(0, middle), folder, maker, signal)),
		...(await install(requirements.slice(middle), folder, maker, signal)),
	];
}
