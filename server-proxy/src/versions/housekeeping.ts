import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Repository } from '@nightlog/shared/versions/repository';
import type { VersionServiceOptions } from './version-context.ts';

/** Lets repositories pack what was written to them, when nobody waits for it. */
export interface Housekeeping {
	didWrite(repository: Repository): void;
	/** Resolves when nothing runs any more. */
	idle(): Promise<void>;
}

/**
 * After the first version, since a server may live for less than so many, and after so many more a repository is asked whether there is something to pack;
 * it knows when there is. Each of them may have made a small pack, and 16 of those are put together.
 */
const askEvery = 16;
/** So long after the last version nobody saves just now. */
const restMs = 2000;

export function createHousekeeping(signal: AbortSignal, log: VersionServiceOptions['log']): Housekeeping {
	const written = new WeakMap<Repository, number>();
	let running: Promise<void> = Promise.resolve();

	async function maintain(repository: Repository): Promise<void> {
		if (signal.aborted) return;
		try {
			await repository.maintain(signal);
		} catch (error) {
			if (signal.aborted) return;
			log('a repository could not be packed; its versions are whole all the same', {
				gitDir: repository.gitDir,
				code: isNightlogError(error) ? error.code : 'unknown',
				error: String(error),
			});
		}
	}

	return {
		didWrite(repository) {
			const count = (written.get(repository) ?? askEvery - 1) + 1;
			written.set(repository, count % askEvery);
			if (count < askEvery) return;
			setTimeout(() => {
				running = running.then(() => maintain(repository));
			}, restMs).unref();
		},
		idle: () => running,
	};
}
