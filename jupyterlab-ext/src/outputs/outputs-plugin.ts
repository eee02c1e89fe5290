import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { IConnection, IJobs, IOutputReturn, IReadOnlyNotebooks, ISettings } from '../tokens.ts';
import { AwaitedJobs, browserStorage } from './awaited-jobs.ts';
import { OutputReturn } from './output-return.ts';

/** Brings outputs back into their cells. */
export const outputsPlugin: JupyterFrontEndPlugin<IOutputReturn> = {
	id: '@nightlog/jupyterlab-ext:outputs',
	description: 'Brings the outputs of jobs back into the cells that they belong to.',
	autoStart: true,
	provides: IOutputReturn,
	requires: [IConnection, IJobs, INotebookTracker, IReadOnlyNotebooks, ISettings],
	optional: [ITranslator],
	activate: (
		app: JupyterFrontEnd,
		connection: IConnection,
		jobs: IJobs,
		notebooks: INotebookTracker,
		readOnly: IReadOnlyNotebooks,
		settings: ISettings,
		translator: ITranslator | null,
	) =>
		new OutputReturn({
			connection,
			jobs,
			notebooks,
			readOnly,
			settings,
			awaited: new AwaitedJobs(browserStorage()),
			trans: (translator ?? nullTranslator).load('nightlog'),
			openNotebook: async (path) => {
				const widget: unknown = await app.commands.execute('docmanager:open', { path });
				return widget instanceof NotebookPanel ? widget : null;
			},
		}),
};
