import { access, constants, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { RunProgram } from './run-program.ts';

/** Where to look for uv, and where to put it when there is none. */
export interface UvPlaces {
	/** `PATH` of the person. */
	readonly searchPath: string;
	/** Folder that Nightlog may fill, absolute. */
	readonly cacheFolder: string;
	/** A Python that can make an environment to put uv into; null where there is none. */
	readonly python: string | null;
}

/**
 * The uv that makes environments: the person's own, else one that is put into the cache by the Python at hand.
 *
 * @returns an absolute path
 * @throws NightlogError `rebuild/no-uv` with what to install
 */
export async function findUv(places: UvPlaces, run: RunProgram, report: (line: string) => void, signal: AbortSignal): Promise<string> {
	for (const folder of places.searchPath.split(path.delimiter)) {
		if (path.isAbsolute(folder) && (await isProgram(path.join(folder, 'uv')))) return path.join(folder, 'uv');
	}
	const folder = path.join(places.cacheFolder, 'uv');
	const own = path.join(folder, 'bin', 'uv');
	if (await isProgram(own)) return own;
	if (places.python === null)
		throw new NightlogError('rebuild/no-uv', 'Making an environment anew needs uv: install uv, or a Python 3.9 or newer, and try again.');
	report('installing uv');
	const draft = `${folder}.${process.pid}`;
	await mkdir(places.cacheFolder, { recursive: true, mode: 0o700 });
	try {
		const steps = [
			[places.python, '-m', 'venv', draft],
			[path.join(draft, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'uv'],
		] as const;
		for (const [program, ...args] of steps) {
			const { code, output } = await run(program, args, signal);
			if (code !== 0)
				throw new NightlogError('rebuild/no-uv', `uv could not be installed; install it yourself and try again. ${lastLine(output)}`.trim());
		}
		await rename(draft, folder);
	} catch (error) {
		await rm(draft, { recursive: true, force: true });
		if (!(await isProgram(own))) throw error;
	}
	return own;
}

async function isProgram(file: string): Promise<boolean> {
	return access(file, constants.X_OK).then(
		() => true,
		() => false,
	);
}

/** The last line with text: what most programs say of why they failed. */
export function lastLine(output: string): string {
	return output.trimEnd().split('\n').at(-1)?.trim() ?? '';
}
