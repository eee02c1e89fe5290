import type { JupyterFrontEnd } from '@jupyterlab/application';
import { type ICommandPalette, Notification } from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { type CommandEntry, type CommandKey, commandTable } from '@nightlog/shared/commands/command-table';
import type { Translation } from '@nightlog/shared/views/translation';
import { icons } from '../icons/icons.ts';
import { commandId } from './command-ids.ts';

/** What registering a command needs. */
export interface CommandHost {
	readonly app: JupyterFrontEnd;
	readonly notebooks: INotebookTracker | null;
	readonly palette: ICommandPalette | null;
	readonly translation: Translation;
}

function isThere(entry: CommandEntry, notebooks: INotebookTracker | null): boolean {
	switch (entry.needs) {
		case 'nothing':
			return true;
		case 'notebook':
			return notebooks?.currentWidget != null;
		case 'code-cell':
			return notebooks?.currentWidget != null && notebooks.activeCell?.model.type === 'code';
		default:
			return entry.needs satisfies never;
	}
}

/** Shows an error of a command; what is not expected goes to the console, too. */
export function showCommandError(error: unknown, translation: Translation): void {
	if (!isNightlogError(error)) {
		Notification.error(translation.__('Something went wrong inside Nightlog; the browser console has the details.'), { autoClose: false });
		throw error;
	}
	const request = typeof error.data.requestId === 'string' ? ` (${error.data.requestId})` : '';
	Notification.error(`${error.message}${request}`, { autoClose: false });
}

/** Registers a command of the table, and puts it into the palette. */
export function registerCommand(host: CommandHost, key: CommandKey, execute: () => Promise<void> | void): void {
	const { app, notebooks, palette, translation } = host;
	const entry: CommandEntry = commandTable[key];
	const id = commandId(key);
	app.commands.addCommand(id, {
		label: translation.__(entry.label),
		caption: translation.__(entry.caption),
		icon: icons[entry.icon],
		isEnabled: () => isThere(entry, notebooks),
		describedBy: { args: { type: 'object', properties: {} } },
		execute: async () => {
			try {
				await execute();
			} catch (error) {
				showCommandError(error, translation);
			}
		},
	});
	palette?.addItem({ command: id, category: 'Nightlog' });
	if (entry.needs === 'nothing' || notebooks === null) return;
	const refresh = () => app.commands.notifyCommandChanged(id);
	notebooks.currentChanged.connect(refresh);
	notebooks.activeCellChanged.connect(refresh);
}
