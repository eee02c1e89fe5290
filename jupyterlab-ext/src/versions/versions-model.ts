import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';
import type { ServerEvent } from '@nightlog/shared/api/event-stream';
import type { OperationQuery } from '@nightlog/shared/api/operation-types';
import { isNightlogError, type NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { HistoryOffer, UnkeptSave, UnreadableVersions, Version } from '@nightlog/shared/versions/version-schema';
import type { IConnection } from '../tokens.ts';

/** The versions of the notebook in front. */
export interface VersionsState {
	readonly panel: NotebookPanel | null;
	/** Absolute path of the notebook; null where there is none, or it is no file. */
	readonly file: string | null;
	/** Why there are no versions of this notebook; null where there can be. */
	readonly declined: string | null;
	/** Newest first. */
	readonly versions: readonly Version[];
	readonly loaded: boolean;
	readonly hasMore: boolean;
	/** Where the history can move; null where nothing is offered. */
	readonly offer: HistoryOffer | null;
	/** That saves are no versions, and why; null where all is well. */
	readonly unkept: UnkeptSave | null;
	/** That some of the versions as far as they are loaded cannot be read, and why; null where all is well. */
	readonly unreadable: UnreadableVersions | null;
	readonly error: NightlogError | null;
}

const pageSize = 100;
const nothing: VersionsState = {
	panel: null,
	file: null,
	declined: null,
	versions: [],
	loaded: false,
	hasMore: false,
	offer: null,
	unkept: null,
	unreadable: null,
	error: null,
};

/** Follows the notebook in front, and what becomes of its versions. */
export class VersionsModel implements IDisposable {
	private readonly connection: IConnection;
	private readonly notebooks: INotebookTracker;
	private readonly didChange = new Signal<this, void>(this);
	private current = nothing;
	private next: string | null = null;
	/** Ends what is under way for a notebook that is no longer in front. */
	private scope = new AbortController();
	private disposed = false;
	/** Nothing is read while nobody looks. */
	private watched = false;
	private stale = true;

	constructor(connection: IConnection, notebooks: INotebookTracker) {
		this.connection = connection;
		this.notebooks = notebooks;
		notebooks.currentChanged.connect(this.onCurrentChanged, this);
		connection.events.connect(this.onEvent, this);
		this.onCurrentChanged();
	}

	get state(): VersionsState {
		return this.current;
	}

	get changed(): ISignal<this, void> {
		return this.didChange;
	}

	get isDisposed(): boolean {
		return this.disposed;
	}

	/** Whether somebody looks. */
	set isWatched(watched: boolean) {
		this.watched = watched;
		if (watched && this.stale) void this.reload();
	}

	dispose(): void {
		if (this.disposed) return;
		this.disposed = true;
		this.scope.abort();
		this.notebooks.currentChanged.disconnect(this.onCurrentChanged, this);
		this.connection.events.disconnect(this.onEvent, this);
		Signal.clearData(this);
	}

	/** Reads the newest versions again. */
	async reload(): Promise<void> {
		const { panel } = this.current;
		if (panel === null) return;
		this.scope.abort();
		this.scope = new AbortController();
		const { signal } = this.scope;
		this.stale = false;
		await this.attempt(signal, async () => {
			const place = await this.connection.placeOf(panel);
			signal.throwIfAborted();
			if (place.file === null) {
				this.set({ ...nothing, panel, declined: place.reason, loaded: true });
				return;
			}
			const page = await this.readPage(place.file, null, signal);
			this.next = page.next;
			// An older server does not say.
			const { versions, next, offer, unkept = null, unreadable = null } = page;
			const hasMore = next !== null;
			this.set({ panel, file: place.file, declined: null, versions, loaded: true, hasMore, offer, unkept, unreadable, error: null });
		});
	}

	/** Reads older versions. */
	async loadMore(): Promise<void> {
		const { file } = this.current;
		const { signal } = this.scope;
		const cursor = this.next;
		if (file === null || cursor === null) return;
		await this.attempt(signal, async () => {
			const page = await this.readPage(file, cursor, signal);
			if (this.next !== cursor) return;
			this.next = page.next;
			const versions = [...this.current.versions, ...page.versions];
			const unreadable = this.current.unreadable ?? page.unreadable ?? null;
			this.set({ ...this.current, versions, unreadable, hasMore: page.next !== null, error: null });
		});
	}

	private async readPage(notebook: string, cursor: string | null, signal: AbortSignal) {
		const query: OperationQuery<'listVersions'> = cursor === null ? { notebook, limit: pageSize } : { notebook, limit: pageSize, cursor };
		const page = await this.connection.client.call('listVersions', { query, signal });
		signal.throwIfAborted();
		return page;
	}

	private async attempt(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
		try {
			await work();
		} catch (error) {
			if (signal.aborted) return;
			if (!isNightlogError(error)) throw error;
			this.stale = true;
			this.set({ ...this.current, error });
		}
	}

	private set(state: VersionsState): void {
		this.current = state;
		if (!this.disposed) this.didChange.emit();
	}

	private onCurrentChanged(): void {
		const panel = this.notebooks.currentWidget;
		if (panel === this.current.panel && panel !== null) return;
		this.current.panel?.context.pathChanged.disconnect(this.onPathChanged, this);
		panel?.context.pathChanged.connect(this.onPathChanged, this);
		this.scope.abort();
		this.next = null;
		this.stale = true;
		this.set({ ...nothing, panel });
		if (this.watched) void this.reload();
	}

	private onPathChanged(): void {
		this.stale = true;
		if (this.watched) void this.reload();
	}

	private onEvent(_: unknown, event: ServerEvent): void {
		if (event.type === 'unkept' && event.notebook === this.current.file) this.set({ ...this.current, unkept: event.unkept });
		const concerns = event.type === 'reset' || (event.type === 'version' && event.notebook === this.current.file);
		if (!concerns) return;
		this.stale = true;
		if (this.watched) void this.reload();
	}
}
