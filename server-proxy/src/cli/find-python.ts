import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * The Python of the environment that is active in this shell, for jobs on this machine: `$VIRTUAL_ENV`, else `$CONDA_PREFIX`. Null leaves the choice to
 * the server, whose own environment may be another shell's.
 */
export function activePython(
	environment: Readonly<Record<string, string | undefined>>,
	exists: (file: string) => boolean = existsSync,
	platform: NodeJS.Platform = process.platform,
): string | null {
	for (const [variable, inConda] of [
		['VIRTUAL_ENV', false],
		['CONDA_PREFIX', true],
	] as const) {
		const prefix = environment[variable];
		if (prefix === undefined || !path.isAbsolute(prefix)) continue;
		const program =
			platform === 'win32' ? path.join(prefix, inConda ? 'python.exe' : path.join('Scripts', 'python.exe')) : path.join(prefix, 'bin', 'python');
		if (exists(program)) return program;
	}
	return null;
}
