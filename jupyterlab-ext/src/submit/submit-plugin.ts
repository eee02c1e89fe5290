import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { registerCommand } from '../commands/register-command.ts';
import { cellAndThoseAbove } from '../document/document-cells.ts';
import { IConnection, IOutputReturn } from '../tokens.ts';
import { RememberedChoices } from './remembered-choices.ts';
import { type SubmitTarget, submitJob } from './submit-job.ts';

/** Submits notebooks and cells. */
export const submitPlugin: JupyterFrontEndPlugin<void> = {
	id: '@nightlog/jupyterlab-ext:submit',
	description: 'Submits the notebook on the screen, or a cell of it, as a job.',
	autoStart: true,
	requires: [IConnection, INotebookTracker],
	optional: [IOutputReturn, IStateDB, ICommandPalette, ITranslator],
	activate: (
		app: JupyterFrontEnd,
		connection: IConnection,
		notebooks: INotebookTracker,
		outputs: IOutputReturn | null,
		state: IStateDB | null,
		palette: ICommandPalette | null,
		translator: ITranslator | null,
	) => {
		const translation = (translator ?? nullTranslator).load('nightlog');
		const context = {
			connection,
			remembered: new RememberedChoices(state),
			translation,
			editor: `${app.name} ${app.version}`,
			onDidSubmit: (job: Parameters<IOutputReturn['expect']>[0]) => outputs?.expect(job),
		};
		// A second press while the form is on its way opens no second form.
		let underWay = false;
		const submit = async (target: SubmitTarget): Promise<void> => {
			if (underWay) return;
			underWay = true;
			try {
				await submitJob(context, target);
			} finally {
				underWay = false;
			}
		};
		const host = { app, notebooks, palette, translation };
		registerCommand(host, 'submitNotebook', async () => {
			const panel = notebooks.currentWidget;
			if (panel === null) return;
			const title = translation.__('Submit notebook as job');
			const summary = translation.__('All code cells of %1 will run, as they are on the screen.', PathExt.basename(panel.context.localPath));
			await submit({ panel, cells: 'all', title, summary });
		});
		registerCommand(host, 'submitCell', async () => {
			const panel = notebooks.currentWidget;
			const index = panel?.content.activeCellIndex ?? -1;
			if (panel?.model == null || index < 0) return;
			const cells = cellAndThoseAbove(panel.model, index);
			const above = cells.length - 1;
			const summary =
				above === 0
					? translation.__('This cell will run, as it is on the screen.')
					: translation._n('This cell and the code cell above it will run.', 'This cell and the %1 code cells above it will run.', above);
			await submit({ panel, cells, title: translation.__('Submit cell as job'), summary });
		});
	},
};
