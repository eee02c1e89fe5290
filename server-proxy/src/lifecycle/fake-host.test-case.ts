import type { FileSystemKind } from '../store/file-system-kind.ts';
import type { ProcessTable } from './process-identity.ts';
import type { ServerHost } from './server-host.ts';

interface Timer {
	readonly dueMs: number;
	readonly everyMs: number | null;
	readonly run: () => void;
}

/** A machine whose clock is turned by hand, with processes that the test names. */
export class FakeHost implements ServerHost {
	readonly surroundings: ServerHost['surroundings'];
	readonly running = new Map<number, string>();
	readonly processes: ProcessTable;
	fileSystem: FileSystemKind = 'local';
	/** Of the wall; may be set to anything. */
	wallMs = Date.parse('2026-11-21T09:00:00Z');
	#monotonicMs = 0;
	#timers: Timer[] = [];
	#random = 0;

	constructor(options: { env?: Record<string, string>; home?: string; host?: string; bootId?: string; pid?: number } = {}) {
		const { env = {}, home = '/home/ann', host = 'node1', bootId = 'boot-1' } = options;
		this.surroundings = { env, home, uid: process.getuid?.() ?? null };
		this.running.set(options.pid ?? process.pid, '100');
		this.processes = {
			host,
			bootId,
			pidNamespace: 'pid:[1]',
			startTime: (pid) => this.running.get(pid) ?? null,
			exists: (pid) => this.running.has(pid),
		};
	}
	async fileSystemOf() {
		return this.fileSystem;
	}
	now() {
		return new Date(this.wallMs);
	}
	monotonicMs() {
		return this.#monotonicMs;
	}
	random(bytes: number) {
		this.#random += 1;
		return new Uint8Array(bytes).fill(this.#random);
	}
	startTimer(delayMs: number, run: () => void) {
		return this.#start({ dueMs: this.#monotonicMs + delayMs, everyMs: null, run });
	}
	startInterval(everyMs: number, run: () => void) {
		return this.#start({ dueMs: this.#monotonicMs + everyMs, everyMs, run });
	}
	/** Turns the clock; timers run when they are due. */
	advance(byMs: number) {
		const until = this.#monotonicMs + byMs;
		for (;;) {
			const due = this.#timers.filter(({ dueMs }) => dueMs <= until).sort((left, right) => left.dueMs - right.dueMs)[0];
			if (due === undefined) break;
			this.wallMs += due.dueMs - this.#monotonicMs;
			this.#monotonicMs = due.dueMs;
			this.#timers = this.#timers.filter((timer) => timer !== due);
			if (due.everyMs !== null) this.#timers.push({ ...due, dueMs: due.dueMs + due.everyMs });
			due.run();
		}
		this.wallMs += until - this.#monotonicMs;
		this.#monotonicMs = until;
	}
	get timerCount() {
		return this.#timers.length;
	}
	#start(timer: Timer) {
		this.#timers.push(timer);
		return () => {
			this.#timers = this.#timers.filter(({ run }) => run !== timer.run);
		};
	}
}
