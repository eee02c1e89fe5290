import type { IStateDB } from '@jupyterlab/statedb';

const key = 'nightlog:awaited-jobs';
/** As many are remembered; older ones are still in the list of jobs. */
const most = 200;

/** Ids of the jobs whose outputs are awaited in this workspace, also over a reload of the page. */
export class AwaitedJobs {
	private readonly state: IStateDB | null;
	private readonly ids = new Set<string>();
	/** Resolves when what was remembered is known. */
	readonly ready: Promise<void>;

	constructor(state: IStateDB | null) {
		this.state = state;
		this.ready = this.recall();
	}

	has(id: string): boolean {
		return this.ids.has(id);
	}

	async add(id: string): Promise<void> {
		this.ids.add(id);
		await this.save();
	}

	/** Whether it was awaited; of several calls at once one is told so. */
	async remove(id: string): Promise<boolean> {
		if (!this.ids.delete(id)) return false;
		await this.save();
		return true;
	}

	private async recall(): Promise<void> {
		const stored = await this.state?.fetch(key).catch(() => undefined);
		if (Array.isArray(stored)) for (const id of stored) if (typeof id === 'string') this.ids.add(id);
	}

	private async save(): Promise<void> {
		await this.ready;
		// Where it cannot be stored it holds until the window closes; the list of jobs offers the outputs all the same.
		await this.state?.save(key, [...this.ids].slice(-most)).catch(() => undefined);
	}
}
