import { NightlogError } from '@nightlog/shared/base/nightlog-error';

/**
 * Checks the paths of a version's files before any is written: relative, below the project, without empty or dotted parts, none a folder of another.
 *
 * @throws NightlogError `job/unsafe-path`
 */
export function assertVersionPaths(paths: readonly string[]): void {
	const all = new Set<string>();
	for (const path of paths) {
		const parts = path.split('/');
		const safe =
			path !== '' && !path.includes('\0') && parts.every((part) => part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git');
		if (!safe) throw unsafe(path);
		if (all.has(path)) throw unsafe(path);
		all.add(path);
	}
	for (const path of paths) {
		for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
			if (all.has(path.slice(0, slash))) throw unsafe(path);
		}
	}
}

function unsafe(path: string): NightlogError {
	return new NightlogError('job/unsafe-path', `The version holds a file whose path cannot be used: ${JSON.stringify(path)}. Nothing was run.`, {
		status: 422,
	});
}
