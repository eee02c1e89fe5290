import { ILabShell, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { IConnection, IJobs, IOutputReturn, IReadOnlyNotebooks, ISettings } from '../tokens.ts';
import { AwaitedJobs, browserStorage } from './awaited-jobs.ts';
import { browserLocks, JobClaims } from './job-claims.ts';
import { OutputReturn } from './output-return.ts';

/** Brings outputs back into their cells. */
export const outputsPlugin: JupyterFrontEndPlugin<IOutputReturn> = {
	id: '@nightlog/jupyterlab-ext:outputs',
	description: 'Brings the outputs of jobs back into the cells that they belong to.',
	autoStart: true,
	provides: IOutputReturn,
	requires: [IConnection, IJobs, INotebookTracker, IReadOnlyNotebooks, ISettings],
	optional: [ITranslator, ILabShell],
	activate: (
		app: JupyterFrontEnd,
		connection: IConnection,
		jobs: IJobs,
		notebooks: INotebookTracker,
		readOnly: IReadOnlyNotebooks,
		settings: ISettings,
		translator: ITranslator | null,
		labShell: ILabShell | null,
	) =>
		new OutputReturn({
			connection,
			jobs,
			notebooks,
			readOnly,
			settings,
			awaited: new AwaitedJobs(browserStorage()),
			claims: new JobClaims(browserLocks()),
			wanted: new AwaitedJobs(browserStorage(), 'nightlog:wanted-jobs'),
			trans: (translator ?? nullTranslator).load('nightlog'),
			openNotebook: async (path) => {
				const widget: unknown = await app.commands.execute('docmanager:open', { path });
				const panel = widget instanceof NotebookPanel ? widget : null;
				// Notebook 7 has a window for each document: the panel that it makes here is put nowhere, and thrown away a little later.
				return labShell === null && panel?.isAttached !== true ? 'another-window' : panel;
			},
		}),
};
