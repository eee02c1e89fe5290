import ignore from 'ignore';

/** A file of ignore rules in gitignore's syntax. */
export interface IgnoreFile {
	/** Folder that it lies in, relative to the project, '' for the project itself. */
	readonly folder: string;
	readonly text: string;
}

/** Name of the file by which people leave files out of versions. */
export const nightlogIgnoreName = '.nightlogignore';

/** Left out wherever it lies: Python makes it anew. */
const always = '__pycache__/\n*.py[co]\n';

/**
 * Whether rules leave a path out. A file further down has the last word over one further up, but nothing comes back below a folder that is left out, as
 * with Git. A folder's path ends in '/'.
 */
export function createIgnoreRules(files: readonly IgnoreFile[]): (path: string) => boolean {
	const sorted = [...files].sort((left, right) => left.folder.length - right.folder.length);
	const rules = [{ folder: '', text: always }, ...sorted].map(({ folder, text }) => ({
		prefix: folder === '' ? '' : `${folder}/`,
		matcher: ignore({ ignorecase: false }).add(text.replace(/^\uFEFF/, '')),
	}));

	function judge(path: string): boolean {
		let isIgnored = false;
		for (const { prefix, matcher } of rules) {
			const inner = path.startsWith(prefix) ? path.slice(prefix.length) : '';
			if (!ignore.isPathValid(inner)) continue;
			const { ignored, unignored } = matcher.test(inner);
			if (ignored) isIgnored = true;
			else if (unignored) isIgnored = false;
		}
		return isIgnored;
	}

	const known = new Map<string, boolean>();
	return function isIgnored(path: string): boolean {
		const slash = path.lastIndexOf('/', path.length - 2);
		const before = known.get(path);
		if (before !== undefined) return before;
		const answer = (slash > 0 && isIgnored(path.slice(0, slash + 1))) || judge(path);
		if (path.endsWith('/')) known.set(path, answer);
		return answer;
	};
}
