/** As many are remembered; older ones are still in the list of jobs. */
const most = 200;

/** Where the ids are kept: the browser's own store, which all windows share and which outlives them. */
export type IdStorage = Pick<Storage, 'getItem' | 'setItem'>;

/**
 * Ids of the jobs that were submitted from this browser and whose outputs are awaited, also over a reload of the page. Jupyter's state will not do: each
 * window writes all of it, and the last one to do so wins.
 */
export class AwaitedJobs {
	private readonly storage: IdStorage | null;
	private readonly key: string;
	private inMemory: readonly string[] = [];

	/**
	 * @param storage null where the browser keeps nothing: then they are known as long as the window stands
	 * @param key under which they are kept
	 */
	constructor(storage: IdStorage | null, key = 'nightlog:awaited-jobs') {
		this.storage = storage;
		this.key = key;
	}

	has(id: string): boolean {
		return this.read().includes(id);
	}

	add(id: string): void {
		this.write([...this.read().filter((known) => known !== id), id].slice(-most));
	}

	/** Whether it was awaited; of several windows one is told so. */
	remove(id: string): boolean {
		const ids = this.read();
		if (!ids.includes(id)) return false;
		this.write(ids.filter((known) => known !== id));
		return true;
	}

	private read(): readonly string[] {
		try {
			const stored: unknown = JSON.parse(this.storage?.getItem(this.key) ?? 'null');
			return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string') : this.inMemory;
		} catch {
			return this.inMemory;
		}
	}

	private write(ids: readonly string[]): void {
		this.inMemory = ids;
		try {
			this.storage?.setItem(this.key, JSON.stringify(ids));
		} catch {
			// A full or forbidden store: the list of jobs offers the outputs all the same.
		}
	}
}

/** The browser's store; null where it may not be used. */
export function browserStorage(): IdStorage | null {
	try {
		return window.localStorage;
	} catch {
		return null;
	}
}
