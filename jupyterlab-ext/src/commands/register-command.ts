import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { type CommandEntry, type CommandKey, commandTable } from '@nightlog/shared/commands/command-table';
import type { Translation } from '@nightlog/shared/views/translation';
import { icons } from '../icons/icons.ts';
import { errorText } from '../views/error-text.ts';
import { notify } from '../views/notify.ts';
import { commandId } from './command-ids.ts';

/** What registering a command needs. */
export interface CommandHost {
	readonly app: JupyterFrontEnd;
	readonly notebooks: INotebookTracker | null;
	readonly palette: ICommandPalette | null;
	readonly trans: Translation;
}

/** Whether a command was chosen in the menu of a cell. */
const isClicked = (args: ReadonlyPartialJSONObject): boolean => args.clicked === true;

function isThere(entry: CommandEntry, notebooks: INotebookTracker | null, args: ReadonlyPartialJSONObject): boolean {
	switch (entry.needs) {
		case 'nothing':
			return true;
		case 'notebook':
			return notebooks?.currentWidget != null;
		case 'code-cell':
			// The menu is there for code cells only.
			return isClicked(args) || (notebooks?.currentWidget != null && notebooks.activeCell?.model.type === 'code');
		default:
			return entry.needs satisfies never;
	}
}

/** Shows an error of a command; what is not expected goes to the console, too. */
export function showCommandError(error: unknown, trans: Translation): void {
	if (!isNightlogError(error)) {
		notify('error', trans.__('Something went wrong inside Nightlog; the browser console has the details.'), trans, { autoClose: false });
		throw error;
	}
	notify('error', errorText(error), trans, { autoClose: false });
}

/**
 * Registers a command of the table, and puts it into the palette.
 *
 * @param execute told whether it was chosen in the menu of a cell, which then is the one that is meant
 */
export function registerCommand(host: CommandHost, key: CommandKey, execute: (clicked: boolean) => Promise<void> | void): void {
	const { app, notebooks, palette, trans } = host;
	const entry: CommandEntry = commandTable[key];
	const id = commandId(key);
	app.commands.addCommand(id, {
		/* eslint-disable jupyter/no-dynamic-translation -- the words of the table are shared by both editors. */
		label: trans.__(entry.label),
		caption: trans.__(entry.caption),
		/* eslint-enable jupyter/no-dynamic-translation */
		icon: icons[entry.icon],
		isEnabled: (args) => isThere(entry, notebooks, args),
		describedBy: { args: { type: 'object', properties: { clicked: { type: 'boolean' } } } },
		execute: async (args) => {
			try {
				await execute(isClicked(args));
			} catch (error) {
				showCommandError(error, trans);
			}
		},
	});
	palette?.addItem({ command: id, category: trans.__('Nightlog') });
	if (entry.needs === 'nothing' || notebooks === null) return;
	const refresh = () => app.commands.notifyCommandChanged(id);
	notebooks.currentChanged.connect(refresh);
	notebooks.activeCellChanged.connect(refresh);
}
