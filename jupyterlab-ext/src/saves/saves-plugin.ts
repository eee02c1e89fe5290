import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import { UUID } from '@lumino/coreutils';
import { IConnection } from '../tokens.ts';
import { reportSaves } from './report-saves.ts';
import { SaidNotes } from './said-notes.ts';

/** Lets every save become a version. */
export const savesPlugin: JupyterFrontEndPlugin<void> = {
	id: '@nightlog/jupyterlab-ext:saves',
	description: 'Lets every save of a notebook become a version.',
	autoStart: true,
	requires: [IConnection, INotebookTracker],
	optional: [IStateDB],
	activate: (app: JupyterFrontEnd, connection: IConnection, notebooks: INotebookTracker, state: IStateDB | null) => {
		const said = new SaidNotes(state, (note) => Notification.info(note, { autoClose: 20_000 }));
		const options = {
			connection,
			client: UUID.uuid4(),
			editor: `${app.name} ${app.version}`,
			onNote: (project: string, note: string) => void said.sayOnce(project, note),
		};
		const follow = (panel: NotebookPanel): void => {
			void Promise.all([app.restored, panel.context.ready]).then(() => {
				if (!panel.isDisposed) reportSaves(panel, options);
			});
		};
		notebooks.forEach(follow);
		notebooks.widgetAdded.connect((_, panel) => follow(panel));
	},
};
