import { URLExt } from '@jupyterlab/coreutils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { ServiceManager } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';
import { type Client, createClient } from '@nightlog/shared/api/client';
import { type EventStreamState, readEventStream, type ServerEvent } from '@nightlog/shared/api/event-stream';
import type { FetchLike } from '@nightlog/shared/api/fetch-like';
import { limitFetch } from '@nightlog/shared/api/limit-fetch';
import type { Translation } from '@nightlog/shared/views/translation';
import type { ConnectionStatus, IConnection, NotebookPlace } from '../tokens.ts';
import { makeJupyterFetch } from './jupyter-fetch.ts';
import { NotebookPlaces } from './notebook-places.ts';

/** So long may a hidden window keep its event stream: a browser opens few connections to one host, for all windows together. */
const hiddenMs = 60_000;

function startTimer(delayMs: number, run: () => void): () => void {
	const timer = window.setTimeout(run, delayMs);
	return () => window.clearTimeout(timer);
}

/** The person's server as this window sees it. */
export class Connection implements IConnection, IDisposable {
	readonly client: Client;
	readonly background: Client;
	private readonly fetch: FetchLike;
	private readonly baseUrl: string;
	private readonly places: NotebookPlaces;
	private readonly trans: Translation;
	private readonly changed = new Signal<this, ConnectionStatus>(this);
	private readonly told = new Signal<this, ServerEvent>(this);
	private stream: AbortController | null = null;
	private hideTimer: number | undefined;
	private current: ConnectionStatus = { kind: 'connecting' };
	private started = false;
	private disposed = false;

	constructor(services: ServiceManager.IManager, trans: Translation) {
		const settings = services.serverSettings;
		this.trans = trans;
		this.fetch = makeJupyterFetch(settings);
		this.baseUrl = URLExt.join(settings.baseUrl, 'nightlog');
		const limited = (limits: { readonly mostAtOnce: number; readonly answerWithinMs: number }): Client =>
			createClient({ fetch: limitFetch(this.fetch, { ...limits, startTimer }), baseUrl: this.baseUrl });
		// With the event stream these are four of the six connections that a browser opens to one host: Jupyter needs the others.
		this.client = limited({ mostAtOnce: 2, answerWithinMs: 30_000 });
		this.background = limited({ mostAtOnce: 1, answerWithinMs: 60_000 });
		this.places = new NotebookPlaces(settings, services.contents, (drive) =>
			trans.__('This notebook lies on the drive "%1", not on the machine where Jupyter runs. Save a copy in a folder of that machine.', drive),
		);
		services.contents.fileChanged.connect(this.onFileChanged, this);
		document.addEventListener('visibilitychange', this.onVisibilityChange);
	}

	get status(): ConnectionStatus {
		return this.current;
	}

	get statusChanged(): ISignal<this, ConnectionStatus> {
		return this.changed;
	}

	get events(): ISignal<this, ServerEvent> {
		return this.told;
	}

	get isDisposed(): boolean {
		return this.disposed;
	}

	/** Begins to listen. */
	start(): void {
		this.started = true;
		if (this.stream === null) this.listen();
	}

	retry(): void {
		this.setStatus({ kind: 'connecting' });
		this.listen();
	}

	async placeOf(panel: NotebookPanel): Promise<NotebookPlace> {
		return this.places.find(panel.context.path);
	}

	async pathOf(file: string): Promise<string | null> {
		return this.places.pathOf(file);
	}

	async placeAt(path: string): Promise<NotebookPlace> {
		return this.places.find(path);
	}

	dispose(): void {
		if (this.disposed) return;
		this.disposed = true;
		document.removeEventListener('visibilitychange', this.onVisibilityChange);
		window.clearTimeout(this.hideTimer);
		this.stream?.abort();
		Signal.clearData(this);
	}

	private listen(): void {
		this.stream?.abort();
		const stream = new AbortController();
		this.stream = stream;
		let opened = false;
		void readEventStream({
			fetch: this.fetch,
			baseUrl: this.baseUrl,
			signal: stream.signal,
			random: Math.random,
			startTimer,
			onEvent: (event) => {
				if (!stream.signal.aborted) this.told.emit(event);
			},
			onState: (state) => {
				if (stream.signal.aborted) return;
				this.onStreamState(state);
				if (state.state !== 'open' || opened) return;
				opened = true;
				// What happened before this stream began is not told by it.
				this.told.emit({ type: 'reset' });
			},
		});
	}

	private onStreamState(state: EventStreamState): void {
		if (state.state === 'open') this.setStatus({ kind: 'connected' });
		else if (state.state === 'waiting') {
			const message = this.explain(state);
			if (message !== null) this.setStatus({ kind: 'unreachable', message });
		}
	}

	/** Why the stream is not there, in words that help; null for a stream that merely ended and is about to begin again. */
	private explain(state: Extract<EventStreamState, { state: 'waiting' }>): string | null {
		if (state.error === null) return null;
		if (state.error.code === 'api/unexpected-answer' && state.error.status === 404) {
			return this.trans.__(
				'Jupyter does not know Nightlog\'s server. Check that "jupyter-server-proxy" and "nightlog" are installed where Jupyter runs, and start Jupyter again.',
			);
		}
		if (state.error.code === 'api/unexpected-answer' && state.error.status === 500) {
			return this.trans.__("Nightlog's server could not be started. Jupyter's log on its machine says why.");
		}
		return state.error.message;
	}

	private setStatus(status: ConnectionStatus): void {
		this.current = status;
		this.changed.emit(status);
	}

	private onFileChanged(_: unknown, change: { type: string }): void {
		if (change.type !== 'save') this.places.forget();
	}

	private readonly onVisibilityChange = (): void => {
		window.clearTimeout(this.hideTimer);
		if (!this.started) return;
		if (document.hidden) {
			this.hideTimer = window.setTimeout(() => {
				this.stream?.abort();
				this.stream = null;
			}, hiddenMs);
		} else if (this.stream === null) this.listen();
	};
}
