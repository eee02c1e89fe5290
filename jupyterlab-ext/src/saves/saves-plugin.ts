import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { UUID } from '@lumino/coreutils';
import { IConnection } from '../tokens.ts';
import { notify } from '../views/notify.ts';
import { PressedSaves } from './pressed-saves.ts';
import { reportCopies } from './report-copies.ts';
import { reportSaves } from './report-saves.ts';
import { SaidNotes } from './said-notes.ts';
import { UnkeptWarnings } from './unkept-warnings.ts';

/** The notebooks that a command saves because a person asked for it. */
function savedBy(command: string, app: JupyterFrontEnd, notebooks: INotebookTracker): NotebookPanel[] {
	switch (command) {
		case 'docmanager:save':
			return app.shell.currentWidget instanceof NotebookPanel ? [app.shell.currentWidget] : [];
		case 'docmanager:save-all':
			return notebooks.filter(() => true);
		default:
			return [];
	}
}

/** Lets every save become a version. */
export const savesPlugin: JupyterFrontEndPlugin<void> = {
	id: '@nightlog/jupyterlab-ext:saves',
	description: 'Lets every save of a notebook become a version.',
	autoStart: true,
	requires: [IConnection, INotebookTracker],
	optional: [IStateDB, ITranslator],
	activate: (app: JupyterFrontEnd, connection: IConnection, notebooks: INotebookTracker, state: IStateDB | null, translator: ITranslator | null) => {
		const trans = (translator ?? nullTranslator).load('nightlog');
		const said = new SaidNotes(state, (note) => notify('info', note, trans, { autoClose: 20_000 }));
		const warnings = new UnkeptWarnings({
			show: (notebook, { title }) =>
				notify('warning', trans.__('%1 is saved, but not kept as a version. %2', PathExt.basename(notebook), title), trans, { autoClose: false }),
			takeBack: (id) => Notification.dismiss(id),
		});
		const presses = new PressedSaves<NotebookPanel['context']>();
		const options = {
			connection,
			presses,
			client: UUID.uuid4(),
			editor: `${app.name} ${app.version}`,
			onNote: (project: string, note: string) => void said.sayOnce(project, note),
			onUnkept: warnings.set.bind(warnings),
		};
		const follow = (panel: NotebookPanel): void => {
			void Promise.all([app.restored, panel.context.ready]).then(() => {
				if (panel.isDisposed) return;
				reportSaves(panel, options);
				reportCopies(panel, { ...options, contents: app.serviceManager.contents, notebooks });
			});
		};
		app.commands.commandExecuted.connect((_, { id, result }) => {
			for (const { context } of savedBy(id, app, notebooks)) void presses.press(context, result);
		});
		notebooks.forEach(follow);
		notebooks.widgetAdded.connect((_, panel) => follow(panel));
	},
};
