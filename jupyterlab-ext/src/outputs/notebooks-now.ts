import type { OpenNotebook } from './find-notebook.ts';

/** A version of a notebook, and the absolute path that the notebook had when it was made. */
export interface VersionPlace {
	readonly version: string;
	readonly file: string;
}

/**
 * Where notebooks are now, as the server knows them across their paths. For each version it is asked once for as long as the same notebooks are open
 * under the same paths: many jobs may be awaited, and each change of one is a reason to look.
 */
export class NotebooksNow<Panel> {
	private readonly ask: (place: VersionPlace) => Promise<string | null>;
	private readonly known = new Map<string, Promise<string | null>>();
	private open: readonly OpenNotebook<Panel>[] = [];

	/** @param ask asks the server for the absolute path; null where it finds none */
	constructor(ask: (place: VersionPlace) => Promise<string | null>) {
		this.ask = ask;
	}

	/** Tells what is open now; where that is not what was, everything is asked again. */
	see(open: readonly OpenNotebook<Panel>[]): void {
		const before = this.open;
		this.open = open;
		if (open.length !== before.length || open.some(({ panel, file }, index) => panel !== before[index]?.panel || file !== before[index]?.file)) {
			this.forget();
		}
	}

	/** Forgets all: a person asks, who may have moved files elsewhere. */
	forget(): void {
		this.known.clear();
	}

	/** The absolute path that the notebook has now; null where it is not found. */
	find(place: VersionPlace): Promise<string | null> {
		const key = JSON.stringify([place.version, place.file]);
		const known = this.known.get(key);
		if (known !== undefined) return known;
		const asked = this.ask(place);
		this.known.set(key, asked);
		// An answer that did not come is asked for again.
		asked.catch(() => {
			if (this.known.get(key) === asked) this.known.delete(key);
		});
		return asked;
	}
}
