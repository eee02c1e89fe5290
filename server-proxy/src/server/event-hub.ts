/** Where events of one client go. */
export interface EventSink {
	/** Bytes that were given and not taken yet. */
	pendingBytes(): number;
	write(text: string): void;
	/** Ends the connection at once. */
	drop(): void;
}

/** What an event hub needs of its host. */
export interface EventHubOptions {
	/** Another at each start of the server, so that ids of an earlier one are known to be strange. */
	readonly epoch: string;
	/** Calls `run` every `everyMs` until what it gives back is called. */
	readonly startInterval: (everyMs: number, run: () => void) => () => void;
	readonly keptEvents?: number;
	readonly keptBytes?: number;
}

interface KeptEvent {
	readonly number: number;
	readonly notebook: string | null;
	readonly text: string;
}

interface Client {
	readonly notebook: string | null;
	readonly sink: EventSink;
}

const heartbeatMs = 15_000;
/** A client that takes nothing while this much waits for it is slow or gone: it connects again and is told what it missed. */
const longestQueueBytes = 1_000_000;

/** Tells every connected client of every change, and keeps the last ones for those who come back. */
export class EventHub {
	readonly #options: EventHubOptions;
	readonly #kept: KeptEvent[] = [];
	#keptBytes = 0;
	#lastNumber = 0;
	readonly #clients = new Set<Client>();
	#stopHeartbeat: (() => void) | null = null;

	constructor(options: EventHubOptions) {
		this.#options = options;
	}

	get clientCount(): number {
		return this.#clients.size;
	}

	/** @param notebook absolute path of the notebook that it concerns; null where all clients are told */
	publish(type: string, data: unknown, notebook: string | null): void {
		this.#lastNumber += 1;
		const text = messageText(this.#id(this.#lastNumber), type, data);
		this.#kept.push({ number: this.#lastNumber, notebook, text });
		this.#keptBytes += text.length;
		this.#forget();
		for (const client of [...this.#clients]) if (concerns(notebook, client)) this.#send(client, text);
	}

	/** Tells `sink` what it missed since `lastEventId`, or to read everything again, and from then on every change. Ends when the result is called. */
	subscribe(sink: EventSink, lastEventId: string | null, notebook: string | null): () => void {
		const client: Client = { notebook, sink };
		this.#clients.add(client);
		this.#stopHeartbeat ??= this.#options.startInterval(heartbeatMs, () => {
			for (const each of [...this.#clients]) this.#send(each, ':\n\n');
		});
		const missed = lastEventId === null ? [] : this.#after(lastEventId);
		if (missed === null) this.#send(client, messageText(this.#id(this.#lastNumber), 'reset', {}));
		else {
			const texts = missed.filter((event) => concerns(event.notebook, client)).map((event) => event.text);
			// An id of its own, so that a client that was told nothing yet can come back, too.
			this.#send(client, `${texts.join('')}id: ${this.#id(this.#lastNumber)}\n\n`);
		}
		return () => this.#remove(client);
	}

	/** Ends all connections. */
	dispose(): void {
		for (const client of [...this.#clients]) {
			this.#remove(client);
			client.sink.drop();
		}
	}

	#after(lastEventId: string): KeptEvent[] | null {
		const match = /^([0-9a-z]+)-(\d{1,15})$/.exec(lastEventId);
		if (match === null || match[1] !== this.#options.epoch) return null;
		const last = Number(match[2]);
		const firstKept = this.#kept[0]?.number ?? this.#lastNumber + 1;
		return last > this.#lastNumber || last < firstKept - 1 ? null : this.#kept.filter((event) => event.number > last);
	}

	#send(client: Client, text: string): void {
		if (!this.#clients.has(client)) return;
		if (client.sink.pendingBytes() > longestQueueBytes) {
			this.#remove(client);
			client.sink.drop();
		} else client.sink.write(text);
	}

	#remove(client: Client): void {
		this.#clients.delete(client);
		if (this.#clients.size > 0) return;
		this.#stopHeartbeat?.();
		this.#stopHeartbeat = null;
	}

	#forget(): void {
		const { keptEvents = 2_000, keptBytes = 4_000_000 } = this.#options;
		while (this.#kept.length > keptEvents || (this.#keptBytes > keptBytes && this.#kept.length > 1)) {
			this.#keptBytes -= this.#kept.shift()?.text.length ?? 0;
		}
	}

	#id(number: number): string {
		return `${this.#options.epoch}-${number}`;
	}
}

function concerns(notebook: string | null, client: Client): boolean {
	return notebook === null || client.notebook === null || notebook === client.notebook;
}

// JSON.stringify writes no line break, so the data is one line.
function messageText(id: string, type: string, data: unknown): string {
	return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
