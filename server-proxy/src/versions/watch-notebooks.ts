import { type BigIntStats, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { sameFacts } from './notebook-file.ts';

/** What became of a file that changed: it was kept or needed no keeping; it is half written, it seems; or it could not be kept now. */
export type SaveOutcome = 'done' | 'half-written' | 'failed';

/** What watching needs of the outside. */
export interface WatchContext {
	/** Milliseconds since 1970. */
	readonly clock: () => number;
	/** Keeps what is in a file now. `evenIfBroken`: also where it is no notebook, since it has been so for a while. Never rejects. */
	readonly keep: (file: string, editor: string | null, evenIfBroken: boolean) => Promise<SaveOutcome>;
	readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
	readonly watchFolder: WatchFolder;
	/** A file as it is now; null where there is none. */
	readonly lookAt: (file: string) => Promise<BigIntStats | null>;
}

/** Tells which name in a folder changed, null where that is not known, until it is closed. @throws where the folder cannot be watched */
export type WatchFolder = (folder: string, onChange: (name: string | null) => void, onError: (error: Error) => void) => { close(): void };

/** By the operating system. */
export const watchFolder: WatchFolder = (folder, onChange, onError) => {
	const watcher = watch(folder, { persistent: false }, (_event, name) => onChange(name));
	watcher.on('error', onError);
	return watcher;
};

/** Sees saves of notebooks that are open in an editor, by whichever program they are made. */
export interface NotebookWatch {
	/** A client shows a notebook, or shows it still. What differs from `seen` is kept; null looks at once what changed while nobody looked. */
	open(file: string, client: string, editor: string | null, seen: BigIntStats | null): void;
	close(file: string, client: string): void;
	dispose(): Promise<void>;
}

/** A client that says nothing for so long has gone. */
const forgetClientMs = 10 * 60_000;
/** File systems that tell nothing are asked this often, and those that do as well, in case they missed something. */
const lookEveryMs = 2000;
/** Writing a file is several steps; so long after the last one it is looked at. */
const settleMs = 15;
/** What is no notebook for so long without a change is not being written any more. */
const brokenForMs = 3000;

interface Watched {
	readonly clients: Map<string, number>;
	editor: string | null;
	/** How the file was when it was last looked at; null before that. */
	seen: BigIntStats | null;
	/** Since when it is no notebook, with these facts. */
	broken: { readonly facts: BigIntStats; readonly sinceMs: number } | null;
	/** Tries that failed one after the other. */
	failures: number;
	retryAtMs: number;
	timer: NodeJS.Timeout | null;
	running: Promise<void> | null;
	again: boolean;
}

export function createNotebookWatch(context: WatchContext): NotebookWatch {
	const { clock } = context;
	const files = new Map<string, Watched>();
	const folders = new Map<string, { close(): void }>();
	let ticker: NodeJS.Timeout | null = null;
	let isOver = false;

	function begin(folder: string): void {
		if (folders.has(folder)) return;
		const say = (error: unknown) =>
			context.log('a folder cannot be watched; its notebooks are looked at every few seconds', { folder, error: String(error) });
		try {
			const watcher = context.watchFolder(
				folder,
				(name) => {
					for (const file of files.keys()) if (dirname(file) === folder && (name === null || name === basename(file))) soon(file);
				},
				(error) => {
					say(error);
					watcher.close();
				},
			);
			folders.set(folder, watcher);
		} catch (error) {
			// Out of watches, or a file system without them. It is not asked again: looking every few seconds goes on.
			say(error);
			folders.set(folder, { close: () => undefined });
		}
	}

	function soon(file: string): void {
		const watched = files.get(file);
		if (watched === undefined || isOver) return;
		if (watched.timer !== null) clearTimeout(watched.timer);
		watched.timer = setTimeout(() => {
			watched.timer = null;
			look(file, watched);
		}, settleMs);
		watched.timer.unref();
	}

	/** Looks at a file, and once more where it was asked for meanwhile. */
	function look(file: string, watched: Watched): void {
		if (watched.running !== null) {
			watched.again = true;
			return;
		}
		watched.running = lookOnce(file, watched).finally(() => {
			watched.running = null;
			if (watched.again && !isOver) {
				watched.again = false;
				look(file, watched);
			}
		});
	}

	async function lookOnce(file: string, watched: Watched): Promise<void> {
		const facts = await context.lookAt(file);
		const now = clock();
		if (facts === null || !facts.isFile()) return;
		if (watched.seen !== null && sameFacts(watched.seen, facts) && watched.broken === null && watched.failures === 0) return;
		if (watched.failures > 0 && now < watched.retryAtMs && watched.seen !== null && sameFacts(watched.seen, facts)) return;
		if (watched.broken !== null && !sameFacts(watched.broken.facts, facts)) watched.broken = null;
		const evenIfBroken = watched.broken !== null && now - watched.broken.sinceMs >= brokenForMs;
		if (watched.broken !== null && !evenIfBroken) return;
		const outcome = await context.keep(file, watched.editor, evenIfBroken);
		watched.seen = facts;
		watched.broken = outcome === 'half-written' ? (watched.broken ?? { facts, sinceMs: now }) : null;
		watched.failures = outcome === 'failed' ? watched.failures + 1 : 0;
		watched.retryAtMs = now + Math.min(60_000, 1000 * 2 ** watched.failures);
	}

	function tick(): void {
		const now = clock();
		for (const [file, watched] of files) {
			for (const [client, saidAtMs] of watched.clients) if (now - saidAtMs > forgetClientMs) watched.clients.delete(client);
			if (watched.clients.size === 0) drop(file);
			else look(file, watched);
		}
	}

	function drop(file: string): void {
		files.delete(file);
		const folder = dirname(file);
		if (![...files.keys()].some((other) => dirname(other) === folder)) {
			folders.get(folder)?.close();
			folders.delete(folder);
		}
		if (files.size === 0 && ticker !== null) {
			clearInterval(ticker);
			ticker = null;
		}
	}

	return {
		open(file, client, editor, seen) {
			if (isOver) return;
			const before = files.get(file);
			const watched = before ?? {
				clients: new Map<string, number>(),
				editor: null,
				seen,
				broken: null,
				failures: 0,
				retryAtMs: 0,
				timer: null,
				running: null,
				again: false,
			};
			watched.clients.set(client, clock());
			watched.editor = editor ?? watched.editor;
			files.set(file, watched);
			begin(dirname(file));
			if (ticker === null) {
				ticker = setInterval(tick, lookEveryMs);
				ticker.unref();
			}
			if (before === undefined && seen === null) look(file, watched);
		},
		close(file, client) {
			const watched = files.get(file);
			if (watched === undefined) return;
			watched.clients.delete(client);
			if (watched.clients.size > 0) return;
			// A save just before the window closed counts, too.
			look(file, watched);
			drop(file);
		},
		async dispose() {
			isOver = true;
			const running = [...files.values()].flatMap(({ running: run, timer }) => {
				if (timer !== null) clearTimeout(timer);
				return run ?? [];
			});
			for (const file of [...files.keys()]) drop(file);
			await Promise.all(running);
		},
	};
}
