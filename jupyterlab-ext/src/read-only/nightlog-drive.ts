import { PathExt } from '@jupyterlab/coreutils';
import type { Contents, ServerConnection } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';
import type { Client } from '@nightlog/shared/api/client';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Translation } from '@nightlog/shared/views/translation';
import { asOpened } from './as-opened.ts';
import { driveName, readDrivePath } from './drive-path.ts';

/** Versions and results of jobs as files that can be read and not written. */
export class NightlogDrive implements Contents.IDrive {
	readonly name = driveName;
	readonly serverSettings: ServerConnection.ISettings;
	private readonly client: Client;
	private readonly trans: Translation;
	private readonly changed = new Signal<this, Contents.IChangedArgs>(this);
	private readonly lifetime = new AbortController();

	constructor(client: Client, serverSettings: ServerConnection.ISettings, trans: Translation) {
		this.client = client;
		this.serverSettings = serverSettings;
		this.trans = trans;
	}

	get fileChanged(): ISignal<this, Contents.IChangedArgs> {
		return this.changed;
	}

	get isDisposed(): boolean {
		return this.lifetime.signal.aborted;
	}

	dispose(): void {
		if (this.isDisposed) return;
		this.lifetime.abort();
		Signal.clearData(this);
	}

	async get(localPath: string, options?: Contents.IFetchOptions): Promise<Contents.IModel> {
		const model = {
			name: PathExt.basename(localPath),
			path: localPath,
			writable: false,
			created: '',
			last_modified: '',
		};
		if (localPath === '') return { ...model, type: 'directory', mimetype: '', format: 'json', content: [] };
		const withContent = options?.content !== false;
		return {
			...model,
			type: 'notebook',
			mimetype: '',
			format: withContent ? 'json' : null,
			content: withContent ? asOpened(await this.read(localPath)) : null,
		};
	}

	getDownloadUrl(): Promise<string> {
		return this.refuse();
	}

	newUntitled(): Promise<Contents.IModel> {
		return this.refuse();
	}

	delete(): Promise<void> {
		return this.refuse();
	}

	rename(): Promise<Contents.IModel> {
		return this.refuse();
	}

	save(): Promise<Contents.IModel> {
		return this.refuse();
	}

	copy(): Promise<Contents.IModel> {
		return this.refuse();
	}

	createCheckpoint(): Promise<Contents.ICheckpointModel> {
		return this.refuse();
	}

	async listCheckpoints(): Promise<Contents.ICheckpointModel[]> {
		return [];
	}

	restoreCheckpoint(): Promise<void> {
		return this.refuse();
	}

	deleteCheckpoint(): Promise<void> {
		return this.refuse();
	}

	private async read(localPath: string): Promise<unknown> {
		const { signal } = this.lifetime;
		const target = readDrivePath(localPath);
		if (target === null) throw new NightlogError('version/not-found', this.trans.__('There is nothing at this address.'), { status: 404 });
		const response =
			target.kind === 'result'
				? await this.client.call('getJobResult', { params: { id: target.job }, signal })
				: await this.client.call('getVersionNotebook', { params: { id: target.id }, query: { notebook: target.file }, signal });
		return JSON.parse(await response.text());
	}

	private async refuse(): Promise<never> {
		throw new NightlogError('version/read-only', this.trans.__('A version cannot be changed. Restore it, or copy cells from it.'), {
			status: 403,
		});
	}
}
