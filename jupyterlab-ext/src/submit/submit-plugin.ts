import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { registerCommand } from '../commands/register-command.ts';
import { cellAndThoseAbove } from '../document/document-cells.ts';
import { IConnection, IOutputReturn } from '../tokens.ts';
import { RememberedChoices } from './remembered-choices.ts';
import { type SubmitTarget, submitJob } from './submit-job.ts';

interface CellPlace {
	readonly panel: NotebookPanel | null;
	/** Among all cells of the notebook; -1 for none. */
	readonly index: number;
}

function activeCell(notebooks: INotebookTracker): CellPlace {
	const panel = notebooks.currentWidget;
	return { panel, index: panel?.content.activeCellIndex ?? -1 };
}

function clickedCell(app: JupyterFrontEnd, notebooks: INotebookTracker): CellPlace {
	const node = app.contextMenuHitTest((candidate) => candidate.classList.contains('jp-CodeCell'));
	const panel = notebooks.find((candidate) => node !== undefined && candidate.node.contains(node)) ?? null;
	return { panel, index: panel?.content.widgets.findIndex((cell) => cell.node === node) ?? -1 };
}

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
		const trans = (translator ?? nullTranslator).load('nightlog');
		const context = {
			connection,
			remembered: new RememberedChoices(state),
			trans,
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
		const host = { app, notebooks, palette, trans };
		registerCommand(host, 'submitNotebook', async () => {
			const panel = notebooks.currentWidget;
			if (panel === null) return;
			const title = trans.__('Submit notebook as job');
			const summary = trans.__('All code cells of %1 will run, as they are on the screen.', PathExt.basename(panel.context.localPath));
			await submit({ panel, cells: 'all', title, summary });
		});
		registerCommand(host, 'submitCell', async (clicked) => {
			const { panel, index } = clicked ? clickedCell(app, notebooks) : activeCell(notebooks);
			if (panel?.model == null || index < 0) return;
			const cells = cellAndThoseAbove(panel.model, index);
			const above = cells.length - 1;
			const summary =
				above === 0
					? trans.__('This cell will run, as it is on the screen.')
					: trans._n('This cell and the code cell above it will run.', 'This cell and the %1 code cells above it will run.', above);
			await submit({ panel, cells, title: trans.__('Submit cell as job'), summary });
		});
	},
};
