/** What must be there for a command to be offered. */
export type CommandNeed = 'nothing' | 'notebook' | 'code-cell';

/** A command as both editors register it. */
export interface CommandEntry {
	/** Kebab-case; an editor puts its own prefix before it. */
	readonly name: string;
	/** English; a key for translation. */
	readonly label: string;
	/** One sentence of what it does, for a tooltip. */
	readonly caption: string;
	readonly icon: IconName;
	readonly needs: CommandNeed;
	/** Where it is shown beside the palette. */
	readonly places: readonly CommandPlace[];
	/** Keys, `Accel` being Ctrl or Cmd; null where there are none. */
	readonly keys: readonly string[] | null;
}

/** Where a command can be shown. */
export type CommandPlace = 'notebook-toolbar' | 'cell-toolbar' | 'cell-menu' | 'run-menu' | 'file-menu' | 'view-menu' | 'notebook-menu';

/** The pictures that commands and sections have; each editor draws them its own way. */
export type IconName = 'nightlog' | 'submit' | 'submit-cell' | 'jobs' | 'versions' | 'label';

const defineCommands = <const T extends Readonly<Record<string, CommandEntry>>>(table: T): T => table;

/** Every command of Nightlog, in the order of the palette. The names are stable: people bind keys to them. */
export const commandTable = defineCommands({
	submitNotebook: {
		name: 'submit-notebook',
		label: 'Submit notebook as job',
		caption: 'Run this notebook as it is on the screen in a process of its own; its outputs come back into their cells',
		icon: 'submit',
		needs: 'notebook',
		places: ['notebook-toolbar', 'run-menu'],
		keys: ['Accel Alt Enter'],
	},
	submitCell: {
		name: 'submit-cell',
		label: 'Submit cell as job',
		caption: 'Run this cell and the code cells above it in a process of its own',
		icon: 'submit-cell',
		needs: 'code-cell',
		places: ['cell-menu', 'run-menu'],
		keys: null,
	},
	keepLabelled: {
		name: 'save-named-version',
		label: 'Save a named version',
		caption: 'Keep the notebook as it is on the screen under a name of your choice',
		icon: 'label',
		needs: 'notebook',
		places: ['file-menu'],
		keys: null,
	},
	showVersions: {
		name: 'versions',
		label: 'Versions',
		caption: 'Show the versions of this notebook',
		icon: 'versions',
		needs: 'nothing',
		places: ['view-menu'],
		keys: null,
	},
	showJobs: {
		name: 'jobs',
		label: 'Jobs',
		caption: 'Show your jobs',
		icon: 'jobs',
		needs: 'nothing',
		places: ['view-menu'],
		keys: null,
	},
});

/** A command by its key in the table. */
export type CommandKey = keyof typeof commandTable;
