import { formatDuration } from '@nightlog/shared/views/time-words';
import type { JobListener } from './follow-job.ts';
import { colour, type Terminal } from './terminal.ts';
import { visibleText } from './visible-text.ts';

/**
 * Tells a job's progress: a line for each cell that ended. On a terminal the line of the cell that runs stands there already, and is replaced; in a pipe
 * lines are only added.
 */
export class ProgressLines implements JobListener {
	readonly #terminal: Terminal;
	#total: number | null = null;
	#done = 0;
	#waiting: string | null = null;
	#open = false;

	constructor(terminal: Terminal) {
		this.#terminal = terminal;
	}

	onJob(job: Parameters<JobListener['onJob']>[0]): void {
		if (job.progress.total > 0) this.#total = job.progress.total;
		const waiting = job.state === 'accepted' || job.state === 'submitted' || job.state === 'queued';
		if (!waiting) return;
		const text = job.reason === null ? 'waiting' : `waiting: ${visibleText(job.reason)}`;
		if (text === this.#waiting || job.reason === null) return;
		this.#waiting = text;
		this.#line(text);
	}

	onRunnerEvent(event: Readonly<Record<string, unknown>>): void {
		switch (event.kind) {
			case 'started':
				if (typeof event.total === 'number') this.#total = event.total;
				this.#done = 0;
				if (typeof event.attempt === 'number' && event.attempt > 1) this.#line(`attempt ${event.attempt}`);
				return;
			case 'cell-started':
				if (this.#terminal.isInteractive) {
					this.#replace(`${this.#place(this.#done + 1)} ${nameOf(event)} …`);
					this.#open = true;
				}
				return;
			case 'cell-ended': {
				if (typeof event.done === 'number') this.#done = event.done;
				const seconds = typeof event.durationSeconds === 'number' ? `, ${formatDuration(event.durationSeconds)}` : '';
				this.#line(`${this.#place(this.#done)} ${nameOf(event)}: ${this.#status(event.status)}${seconds}`);
				return;
			}
			// A kind that is not known here says nothing that has to be shown.
			default:
				return;
		}
	}

	/** Leaves the cursor on an empty line. */
	end(): void {
		if (this.#open) this.#replace('');
		this.#open = false;
	}

	#place(count: number): string {
		return `[${count}/${this.#total ?? '?'}]`;
	}

	#status(status: unknown): string {
		const text = typeof status === 'string' ? status : 'unknown';
		if (text === 'ok' || text === 'expected-error') return colour(this.#terminal, 'green', text);
		return colour(this.#terminal, text === 'error' ? 'red' : 'yellow', visibleText(text));
	}

	#line(text: string): void {
		this.#replace(`${text}\n`);
		this.#open = false;
	}

	#replace(text: string): void {
		this.#terminal.write(this.#open ? `\r\x1b[2K${text}` : text);
	}
}

function nameOf(event: Readonly<Record<string, unknown>>): string {
	return typeof event.cell === 'string' ? visibleText(event.cell) : 'cell';
}
