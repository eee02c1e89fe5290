import { URLExt } from '@jupyterlab/coreutils';
import { type Contents, ServerConnection } from '@jupyterlab/services';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { NotebookPlace } from '../tokens.ts';

/** What the Jupyter server says of a path or a file. */
interface PlaceAnswer {
	readonly file: string | null;
	readonly path: string | null;
	readonly reason: string | null;
	readonly python: string;
}

/** The drive that real-time collaboration puts before Jupyter's own; what lies there lies under the same path on Jupyter's own. */
const sharedDrive = 'RTC';

/** Asks the Jupyter server where notebooks lie. Answers are kept until a path is forgotten. */
export class NotebookPlaces {
	private readonly settings: ServerConnection.ISettings;
	private readonly contents: Contents.IManager;
	private readonly elsewhere: (drive: string) => string;
	private readonly known = new Map<string, Promise<PlaceAnswer>>();

	/** @param elsewhere what to tell of a notebook on another drive */
	constructor(settings: ServerConnection.ISettings, contents: Contents.IManager, elsewhere: (drive: string) => string) {
		this.settings = settings;
		this.contents = contents;
		this.elsewhere = elsewhere;
	}

	/** Where the notebook with this path of the contents API lies. */
	async find(path: string): Promise<NotebookPlace> {
		const named = this.contents.driveName(path);
		const drive = named === sharedDrive ? '' : named;
		const localPath = this.contents.localPath(path);
		const key = `${drive}:${localPath}`;
		let answer = this.known.get(key);
		if (answer === undefined) {
			// A drive of the window's own is none that the server knows; it says so.
			answer = this.ask(drive === '' ? { path: localPath } : { path: localPath, drive });
			this.known.set(key, answer);
			// An answer that did not come, or a file that is not there yet, is asked for again.
			answer.then(
				(place) => place.file === null && this.known.delete(key),
				() => this.known.delete(key),
			);
		}
		const { file, reason, python } = await answer;
		return { file, reason: file === null && drive !== '' ? this.elsewhere(drive) : reason, python };
	}

	/** Forgets what is known of all paths: something was moved. */
	forget(): void {
		this.known.clear();
	}

	/** The path of the contents API under which this window shows the file with this absolute path; null where Jupyter does not show it. */
	async pathOf(file: string): Promise<string | null> {
		const { path } = await this.ask({ file });
		if (path === null) return null;
		const shared = `${sharedDrive}:${path}`;
		// Where documents are shared it is the shared one that must open, or two would write one file.
		return this.contents.driveName(path) === '' && this.contents.driveName(shared) === sharedDrive ? shared : path;
	}

	private async ask(about: { path: string; drive?: string } | { file: string }): Promise<PlaceAnswer> {
		const query = URLExt.objectToQueryString(about);
		const url = URLExt.join(this.settings.baseUrl, 'nightlog-place') + query;
		let response: Response;
		try {
			response = await ServerConnection.makeRequest(url, { cache: 'no-store' }, this.settings);
		} catch (cause) {
			throw new NightlogError('place/jupyter-unreachable', 'The Jupyter server does not answer. Check that it runs, and try again.', {
				retryable: true,
				cause,
			});
		}
		if (response.status === 404) {
			throw new NightlogError(
				'place/package-missing',
				'The Python package "nightlog" is not active in this Jupyter server. Install it where Jupyter runs, and start Jupyter again.',
			);
		}
		if (!response.ok) {
			throw new NightlogError(
				'place/unexpected-answer',
				`The Jupyter server answered with status ${response.status}. Reload the page and try again.`,
				{
					retryable: true,
				},
			);
		}
		return (await response.json()) as PlaceAnswer;
	}
}
