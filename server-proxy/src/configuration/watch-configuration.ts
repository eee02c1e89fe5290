import { stat } from 'node:fs/promises';
import type { ConfigurationFile } from './load-configuration.ts';

/** Says when a configuration file was changed, made or removed since the last look. */
export interface ConfigurationWatch {
	look(): Promise<boolean>;
}

/** Watches these files as they are at the first look. */
export function watchConfiguration(files: readonly ConfigurationFile[]): ConfigurationWatch {
	let seen: string | null = null;
	return {
		async look() {
			const now = JSON.stringify(await Promise.all(files.map(({ path }) => fingerprint(path))));
			const changed = seen !== null && seen !== now;
			seen = now;
			return changed;
		},
	};
}

async function fingerprint(file: string): Promise<string | null> {
	const found = await stat(file).catch(() => null);
	return found === null ? null : `${found.dev} ${found.ino} ${found.size} ${found.mtimeMs}`;
}
