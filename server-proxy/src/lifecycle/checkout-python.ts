import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * In a checkout, the Python of the environment that its set-up made; null elsewhere, and before there is one. Checkouts share a link to the environment
 * that any of them asked for last: that is taken only where a checkout does not say which one is its own.
 *
 * @param programFolder absolute path of the folder of the bundle
 */
export function checkoutPython(programFolder: string, env: Readonly<Record<string, string | undefined>>, home: string): string | null {
	const checkout = path.join(programFolder, '..', '..');
	if (!existsSync(path.join(checkout, 'lerna.json'))) return null;
	const cache = env.NIGHTLOG_CACHE;
	const shared = cache === undefined || cache === '' ? path.join(home, '.cache', 'nightlog') : path.resolve(cache);
	const candidates = [ownPython(checkout), path.join(shared, 'python', 'bin', 'python')];
	return candidates.find((python) => python !== null && existsSync(python)) ?? null;
}

/** What `test/setup/python-environment.mjs` writes down. */
function ownPython(checkout: string): string | null {
	try {
		const python = readFileSync(path.join(checkout, 'node_modules', '.cache', 'nightlog', 'python-path'), 'utf8').trim();
		return path.isAbsolute(python) ? python : null;
	} catch {
		// A set-up of before wrote none: the link is what there is.
		return null;
	}
}
