import type { IStateDB } from '@jupyterlab/statedb';

/** Says of each project once where its versions are kept. */
export class SaidNotes {
	private readonly state: IStateDB | null;
	private readonly say: (note: string) => void;
	private readonly said = new Set<string>();

	constructor(state: IStateDB | null, say: (note: string) => void) {
		this.state = state;
		this.say = say;
	}

	/** Says it unless it was said of this project before. */
	async sayOnce(project: string, note: string): Promise<void> {
		if (this.said.has(project)) return;
		this.said.add(project);
		const key = `nightlog:said:${project}`;
		if ((await this.state?.fetch(key).catch(() => undefined)) === note) return;
		this.say(note);
		await this.state?.save(key, note).catch(() => undefined);
	}
}
