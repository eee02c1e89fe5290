import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** How much it matters. */
export type LogLevel = 'info' | 'warning' | 'error';

/** The server's log: JSON lines. What is given must hold no secret; `message` is a fixed text, what varies goes into the fields. */
export interface Log {
	write(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
	close(): void;
}

/** What a log needs. */
export interface LogOptions {
	readonly file: string;
	readonly now: () => Date;
	/** Beyond this it begins a new file; the one before is kept under the name with `.1`, and so on. */
	readonly mostBytes?: number;
	readonly keptFiles?: number;
}

/** Opens the log. A log that cannot be written is no reason to stop: lines are dropped until it can. */
export function openLog({ file, now, mostBytes = 5_000_000, keptFiles = 3 }: LogOptions): Log {
	let descriptor = openSync(file, 'a', 0o600);
	let sizeBytes = fstatSync(descriptor).size;
	let waiting: string[] = [];
	let scheduled = false;
	let closed = false;

	const rotate = () => {
		closeSync(descriptor);
		for (let number = keptFiles - 1; number >= 1; number--) {
			const from = number === 1 ? file : `${file}.${number - 1}`;
			try {
				renameSync(from, `${file}.${number}`);
			} catch {
				// Not there yet.
			}
		}
		descriptor = openSync(file, 'a', 0o600);
		sizeBytes = fstatSync(descriptor).size;
	};

	const flush = () => {
		scheduled = false;
		const text = waiting.join('');
		waiting = [];
		if (text === '') return;
		try {
			if (sizeBytes > 0 && sizeBytes + text.length > mostBytes) rotate();
			sizeBytes += writeSync(descriptor, text);
		} catch {
			// A full disk: what could be said of it could not be written either.
		}
	};

	return {
		write(level, message, fields = {}) {
			if (closed) return;
			waiting.push(`${JSON.stringify({ time: now().toISOString(), level, message, ...fields })}\n`);
			if (scheduled) return;
			scheduled = true;
			setImmediate(flush);
		},
		close() {
			if (closed) return;
			flush();
			closed = true;
			closeSync(descriptor);
		},
	};
}

/** An error as fields of a log line. */
export function errorFields(error: unknown): Record<string, unknown> {
	if (!(error instanceof Error)) return { error: String(error) };
	const { code } = error as { code?: unknown };
	return {
		error: error.message,
		...(code === undefined ? {} : { code }),
		stack: error.stack ?? null,
		...(error.cause === undefined ? {} : { cause: error.cause instanceof Error ? error.cause.message : String(error.cause) }),
	};
}
