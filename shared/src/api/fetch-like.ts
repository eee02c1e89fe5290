/** A body that is read piece by piece, as `fetch` gives it. */
export interface ByteStream {
	getReader(): {
		read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
		cancel(reason?: unknown): Promise<void>;
	};
}

/** What we use of a `Response`. */
export interface FetchResponse {
	readonly status: number;
	readonly headers: { get(name: string): string | null };
	readonly body: ByteStream | null;
	text(): Promise<string>;
	arrayBuffer(): Promise<ArrayBuffer>;
}

/** What we use of `fetch`: a browser's, Node's, or one over a Unix socket. Rejects when no answer came, or with the signal. */
export type FetchLike = (
	url: string,
	init: {
		readonly method: string;
		readonly headers: Record<string, string>;
		readonly body?: string | Uint8Array<ArrayBuffer>;
		readonly signal?: AbortSignal;
	},
) => Promise<FetchResponse>;
