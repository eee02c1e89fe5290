import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';
import type { ServerEvent } from '@nightlog/shared/api/event-stream';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { JobList, type JobListState } from '@nightlog/shared/workflows/job-list';
import type { IConnection, IJobs } from '../tokens.ts';

/** The person's jobs as this window knows them. */
export class JobsModel implements IJobs, IDisposable {
	private readonly connection: IConnection;
	private readonly list: JobList;
	private readonly lifetime = new AbortController();
	private readonly didChange = new Signal<this, Job | null>(this);

	constructor(connection: IConnection) {
		this.connection = connection;
		this.list = new JobList(connection.client, (job) => this.didChange.emit(job));
		connection.events.connect(this.onEvent, this);
	}

	get state(): JobListState {
		return this.list.state;
	}

	get changed(): ISignal<this, Job | null> {
		return this.didChange;
	}

	get isDisposed(): boolean {
		return this.lifetime.signal.aborted;
	}

	reload(): Promise<void> {
		return this.list.reload(this.lifetime.signal);
	}

	loadMore(): Promise<void> {
		return this.list.loadMore(this.lifetime.signal);
	}

	dispose(): void {
		if (this.isDisposed) return;
		this.lifetime.abort();
		this.connection.events.disconnect(this.onEvent, this);
		Signal.clearData(this);
	}

	private onEvent(_: unknown, event: ServerEvent): void {
		if (event.type === 'reset') void this.reload();
		else this.list.apply(event);
	}
}
