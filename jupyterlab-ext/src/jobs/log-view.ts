import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { isFinalState } from '@nightlog/shared/jobs/job-states';
import type { Translation } from '@nightlog/shared/views/translation';
import type { IConnection, IJobs } from '../tokens.ts';
import { plainText } from './plain-text.ts';

const pollMs = 1000;
/** As much as is shown; older text is dropped from the view, never from the log. */
const mostCharacters = 2_000_000;

/** A job's log, which follows while the job runs. */
export class LogView extends Widget {
	private readonly connection: IConnection;
	private readonly jobs: IJobs;
	private readonly job: string;
	private readonly trans: Translation;
	private readonly text: HTMLPreElement;
	private readonly note: HTMLParagraphElement;
	private readonly decoder = new TextDecoder();
	private readonly lifetime = new AbortController();
	private offset = 0;
	private rest = '';
	private timer: number | undefined;
	private reading = false;

	/** @param heading whose log it is, where no tab says so */
	constructor(connection: IConnection, jobs: IJobs, job: string, trans: Translation, heading: string | null = null) {
		super();
		this.connection = connection;
		this.jobs = jobs;
		this.job = job;
		this.trans = trans;
		this.addClass('nightlog-log');
		this.note = document.createElement('p');
		this.note.className = 'nightlog-log-note';
		this.note.setAttribute('role', 'status');
		this.text = document.createElement('pre');
		this.text.tabIndex = 0;
		this.text.setAttribute('role', 'log');
		this.text.setAttribute('aria-label', trans.__('Log'));
		if (heading !== null) {
			const title = document.createElement('h2');
			title.className = 'nightlog-log-heading';
			title.textContent = heading;
			this.node.append(title);
		}
		this.node.append(this.note, this.text);
		jobs.changed.connect(this.wake, this);
	}

	override dispose(): void {
		if (this.isDisposed) return;
		this.lifetime.abort();
		window.clearTimeout(this.timer);
		this.jobs.changed.disconnect(this.wake, this);
		super.dispose();
	}

	protected override onAfterShow(message: Message): void {
		super.onAfterShow(message);
		this.wake();
	}

	protected override onAfterAttach(message: Message): void {
		super.onAfterAttach(message);
		this.wake();
	}

	protected override onActivateRequest(): void {
		this.text.focus();
	}

	private wake(): void {
		if (!this.reading && this.isVisible) void this.read();
	}

	private async read(): Promise<void> {
		window.clearTimeout(this.timer);
		this.reading = true;
		// Asked before the log is read: what a job wrote before it ended is in it then.
		const job = this.jobs.state.jobs.find((candidate) => candidate.id === this.job);
		const ended = job === undefined || isFinalState(job.state);
		try {
			await this.readOn();
			this.say(this.offset === 0 ? (ended ? this.trans.__('This job wrote nothing.') : this.trans.__('Nothing was written yet.')) : '');
		} catch (error) {
			if (this.lifetime.signal.aborted) return;
			if (!isNightlogError(error)) throw error;
			this.say(error.code === 'job/no-log' ? this.trans.__('Nothing was written yet.') : error.message);
		} finally {
			this.reading = false;
		}
		if (!ended && !this.isDisposed && this.isVisible) this.timer = window.setTimeout(() => this.wake(), pollMs);
	}

	/** Reads on from where it stopped. */
	private async readOn(): Promise<void> {
		const { signal } = this.lifetime;
		// One byte before, which is known: asking for what is not there yet would be an error.
		const headers = this.offset === 0 ? {} : { range: `bytes=${this.offset - 1}-` };
		const { status, body } = await this.connection.client.ask('getJobLog', { params: { id: this.job }, headers, signal });
		let bytes = new Uint8Array(await body.arrayBuffer());
		signal.throwIfAborted();
		if (status === 206 && this.offset > 0) bytes = bytes.subarray(1);
		else {
			// The whole log where a part was asked for: another attempt began it anew.
			this.offset = 0;
			this.rest = '';
			this.text.textContent = '';
		}
		this.offset += bytes.length;
		this.append(this.decoder.decode(bytes, { stream: true }));
	}

	private append(added: string): void {
		if (added === '') return;
		const { text } = this;
		const follows = text.scrollHeight - text.scrollTop - text.clientHeight < 24;
		const { shown, rest } = plainText(this.rest + added);
		this.rest = rest;
		text.append(shown);
		const all = text.textContent;
		if (all.length > mostCharacters) text.textContent = all.slice(-mostCharacters / 2);
		if (follows) text.scrollTop = text.scrollHeight;
	}

	private say(note: string): void {
		this.note.textContent = note;
		this.note.hidden = note === '';
	}
}
