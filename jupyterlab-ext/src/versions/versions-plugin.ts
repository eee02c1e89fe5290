import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { sectionTable } from '@nightlog/shared/commands/section-table';
import { registerCommand, showCommandError } from '../commands/register-command.ts';
import { IConnection, IReadOnlyNotebooks, ISections } from '../tokens.ts';
import { actOnVersion, keepLabelled, moveHistory, type VersionActionsContext } from './version-actions.ts';
import { VersionsModel } from './versions-model.ts';
import { VersionsSection } from './versions-section.tsx';

/** The versions of the notebook in front, in the side panel. */
export const versionsPlugin: JupyterFrontEndPlugin<void> = {
	id: '@nightlog/jupyterlab-ext:versions',
	description: 'Shows the versions of a notebook in the side panel; opens, restores and names them.',
	autoStart: true,
	requires: [IConnection, INotebookTracker, IReadOnlyNotebooks, ISections],
	optional: [ICommandPalette, ITranslator],
	activate: (
		app: JupyterFrontEnd,
		connection: IConnection,
		notebooks: INotebookTracker,
		readOnly: IReadOnlyNotebooks,
		sections: ISections,
		palette: ICommandPalette | null,
		translator: ITranslator | null,
	) => {
		const trans = (translator ?? nullTranslator).load('nightlog');
		const model = new VersionsModel(connection, notebooks);
		const context: VersionActionsContext = { connection, model, readOnly, trans, editor: `${app.name} ${app.version}` };
		const section = new VersionsSection({
			connection,
			model,
			trans,
			act: (action, id) => void actOnVersion(context, action, id).catch((error: unknown) => showCommandError(error, trans)),
			moveHistory: () => void moveHistory(context).catch((error: unknown) => showCommandError(error, trans)),
		});
		section.disposed.connect(() => model.dispose());
		sections.add(section, sectionTable.versions.rank);
		const host = { app, notebooks, palette, trans };
		registerCommand(host, 'showVersions', () => sections.reveal(section));
		registerCommand(host, 'keepLabelled', async () => {
			const panel = notebooks.currentWidget;
			if (panel !== null) await keepLabelled(context, panel);
		});
	},
};
