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
const alwaysLeftOut = '__pycache__/\n*.py[co]\n';

/**
 * Whether rules leave a path out. A file further down has the last word over one further up, but nothing comes back below a folder that is left out, as
 * with Git. A folder's path ends in '/'.
 *
 * @param always rules that every one of the files may overrule
 */
export function createIgnoreRules(files: readonly IgnoreFile[], always = alwaysLeftOut): (path: string) => boolean {
	const sorted = [...files].sort((left, right) => left.folder.length - right.folder.length);
	// One list for all: whether a folder is left out is decided by all of it before anything below the folder is looked at.
	const matcher = ignore({ ignorecase: false }).add(always);
	for (const { folder, text } of sorted) matcher.add(linesOf(text).map((line) => fromTop(line, folder)));

	function judge(path: string): boolean {
		return ignore.isPathValid(path) && matcher.test(path).ignored;
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

/** The lines of a file of rules. */
export function linesOf(text: string): string[] {
	return text.replace(/^\uFEFF/, '').split(/\r?\n/);
}

/** A rule of a file in a folder as one at the top says it; gitignore(5). */
function fromTop(line: string, folder: string): string {
	if (folder === '' || line.startsWith('#')) return line;
	const negation = line.startsWith('!') ? '!' : '';
	const rule = line.slice(negation.length);
	const name = rule.replace(/ +$/, '').replace(/\/$/, '');
	if (name === '') return '';
	const above = `/${folder.replace(/[\\*?[\]]/g, '\\$&')}/`;
	return negation + above + (name.includes('/') ? rule.replace(/^\//, '') : `**/${rule}`);
}
