import { PathExt } from '@jupyterlab/coreutils';

/** The name of the drive under which versions and results are seen. */
export const driveName = 'nightlog';

/** What a path of the drive leads to. */
export type DriveTarget =
	| { readonly kind: 'result'; readonly job: string }
	/** `file` is the absolute path of the notebook. */
	| { readonly kind: 'version'; readonly id: string; readonly file: string };

/** The path of a job's result on the drive. */
export function resultPath(job: string, notebook: string): string {
	return `results/${job}/${PathExt.basename(notebook, '.ipynb')} (result).ipynb`;
}

/**
 * The path of a version on the drive. Windows' paths begin with a letter, all others with a slash.
 *
 * @param time what tells it from the notebook's other versions; shown in its tab
 */
export function versionPath(id: string, file: string, time: string): string {
	const parts = file.replace(/\\/g, '/').replace(/^\//, '').split('/');
	const name = PathExt.basename(parts.pop() ?? '', '.ipynb');
	const when = time.replace(/:/g, '.').replace(/[()/\\]/g, ' ');
	return ['versions', id, ...parts, `${name} (${when}).ipynb`].join('/');
}

/** What a path of the drive leads to; null where it leads nowhere. */
export function readDrivePath(localPath: string): DriveTarget | null {
	const path = localPath.replace(/^\//, '');
	const result = /^results\/([0-7][0-9a-hjkmnp-tv-z]{25})\/[^/]+\.ipynb$/.exec(path);
	if (result !== null) return { kind: 'result', job: result[1]! };
	const version = /^versions\/([0-9a-f]{40}|[0-9a-f]{64})(\/.*)?\/([^/]+) \([^()/]*\)\.ipynb$/.exec(path);
	if (version === null) return null;
	const folders = version[2] ?? '';
	const file = `${folders}/${version[3]}.ipynb`;
	return { kind: 'version', id: version[1]!, file: /^\/[A-Za-z]:\//.test(file) ? file.slice(1) : file };
}
