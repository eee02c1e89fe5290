/** Longer texts are no paths: PATH_MAX has room for more, and nobody writes them. */
export const longestPath = 1024;

/** Whether a text is likely the path of a file, seen from the notebook's folder: with a slash or an ending, and none of what paths seldom have. */
export function looksLikeRelativePath(text: string): boolean {
	if (text.trim() === '' || text.length > longestPath || text.includes('\0') || /^[/~]|^[a-zA-Z][a-zA-Z0-9+.-]*:|[*?{}<>|]/.test(text)) return false;
	return text.includes('/') || /\.[A-Za-z0-9_]+$/.test(text);
}

/**
 * The part of a relative path that stands fast, where that leads upwards: `../data` of `../data/*.csv` and of `../data/{name}.csv`. Null for all that leads
 * nowhere but down: without a step upwards no path leaves the notebook's folder.
 */
export function upwardPath(text: string): string | null {
	const open = text.search(/[*?[{]/);
	const fixed = open === -1 ? text : text.slice(0, Math.max(0, text.lastIndexOf('/', open)));
	return /(?:^|\/)\.\.(?:\/|$)/.test(fixed) && looksLikeRelativePath(fixed) ? fixed : null;
}
