import type { IStateDB } from '@jupyterlab/statedb';
import type { PartialJSONObject } from '@lumino/coreutils';
import type { JobRequest } from '@nightlog/shared/jobs/job-schema';

/** What was chosen for a notebook the last time. */
export type Choices = Pick<JobRequest, 'parameters' | 'backend' | 'resources'>;

const keyOf = (file: string): string => `nightlog:choices:${file}`;

/** Remembers for each notebook what was chosen last: in Jupyter's state where there is one, else as long as the window stands. */
export class RememberedChoices {
	private readonly state: IStateDB | null;
	private readonly inMemory = new Map<string, Choices>();

	constructor(state: IStateDB | null) {
		this.state = state;
	}

	/** What was chosen for the notebook with this absolute path; empty where nothing was. */
	async recall(file: string): Promise<Choices> {
		const known = this.inMemory.get(file);
		if (known !== undefined || this.state === null) return known ?? {};
		const stored = await this.state.fetch(keyOf(file)).catch(() => undefined);
		return typeof stored === 'object' && stored !== null && !Array.isArray(stored) ? (stored as Choices) : {};
	}

	/** Keeps what was chosen. It is a comfort: where it cannot be stored, it holds until the window closes. */
	async remember(file: string, choices: Choices): Promise<void> {
		const { parameters, backend, resources } = choices;
		const kept = { ...(parameters && { parameters }), ...(backend && { backend }), ...(resources && { resources }) };
		this.inMemory.set(file, kept);
		await this.state?.save(keyOf(file), kept as PartialJSONObject).catch(() => undefined);
	}
}
