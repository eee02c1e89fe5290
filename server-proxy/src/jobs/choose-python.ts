import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import type { ProbeAnswer, PythonProbe } from './python-probe.ts';

/** Where the Pythons come from that can run a job here. */
export interface PythonSources {
	/** `local.python` of the configuration. */
	readonly configured: string | null;
	/** Of the Jupyter server that asked, or the interpreter that VS Code has selected. */
	readonly requested: string | null;
	/** The server's environment. */
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** The checkout's own. */
	readonly fallback: string | null;
}

/** The Python for a job; `probe` null says in `problem` why it cannot be used, `python` null that there is none. */
export interface ChosenPython {
	readonly python: string | null;
	readonly probe: PythonProbe | null;
	readonly problem: string | null;
	/** Who named it. */
	readonly source: 'configuration' | 'request' | 'environment' | 'path' | 'checkout' | 'none';
	/** The one on the path, where it cannot run the kernel and there is no other. */
	readonly passedOver?: ChosenPython;
}

/**
 * Chooses by the order of the design: the configuration's; the asking client's; `$VIRTUAL_ENV` or `$CONDA_PREFIX`; `python3` on the path where it has the
 * kernel; the checkout's. One that is named and does not work is a problem, not a reason to take the next.
 */
export async function choosePython(
	sources: PythonSources,
	kernelName: string,
	probe: (python: string) => Promise<ProbeAnswer>,
): Promise<ChosenPython> {
	const { configured, requested, environment, fallback } = sources;
	const take = async (python: string, source: ChosenPython['source']): Promise<ChosenPython> => ({ python, source, ...(await probe(python)) });
	if (configured !== null) return take(configured, 'configuration');
	if (requested !== null) return take(requested, 'request');
	for (const prefix of [environment.VIRTUAL_ENV, environment.CONDA_PREFIX]) {
		const python = prefix === undefined || !path.isAbsolute(prefix) ? null : await firstProgram([path.join(prefix, 'bin')], ['python', 'python3']);
		if (python !== null) return take(python, 'environment');
	}
	const folders = (environment.PATH ?? '').split(':').filter((folder) => path.isAbsolute(folder));
	const onPath = await firstProgram(folders, ['python3']);
	const found = onPath === null ? null : await take(onPath, 'path');
	if (found?.probe != null && canRun(found.probe, kernelName)) return found;
	if (fallback !== null && (await isProgram(fallback))) return take(fallback, 'checkout');
	return { python: null, probe: null, problem: found?.problem ?? null, source: 'none', ...(found === null ? {} : { passedOver: found }) };
}

/** Whether a Python can run notebooks with this kernel. */
export function canRun(probe: PythonProbe, kernelName: string): boolean {
	return probe.zmq && probe.kernels !== null && Object.hasOwn(probe.kernels, kernelName.toLowerCase());
}

async function firstProgram(folders: readonly string[], names: readonly string[]): Promise<string | null> {
	for (const folder of folders) {
		for (const name of names) {
			const file = path.join(folder, name);
			if (await isProgram(file)) return file;
		}
	}
	return null;
}

async function isProgram(file: string): Promise<boolean> {
	try {
		await access(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
