import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import type { IConnection } from '../tokens.ts';

/** What telling of copies needs of the rest. */
export interface ReportCopiesOptions {
	readonly connection: IConnection;
	readonly contents: Contents.IManager;
	readonly notebooks: INotebookTracker;
	readonly editor: string;
}

/**
 * Tells the server of a copy that a person makes of a notebook with *Save as*: what somebody asked for is kept from the first. JupyterLab opens the copy
 * once it is written, in Notebook 7 in another window, and says nowhere that this was *Save as*; but nothing else writes to another path in a save.
 */
export function reportCopies(panel: NotebookPanel, { connection, contents, notebooks, editor }: ReportCopiesOptions): void {
	const { context } = panel;
	let isSaving = false;
	const isOpen = (path: string): boolean => notebooks.find((other) => other.context.path === path) !== undefined;
	const tell = async (path: string): Promise<void> => {
		const { file } = await connection.placeAt(path);
		if (file !== null) await connection.background.call('keepVersion', { body: { notebook: file, reason: 'keep', editor } });
	};
	const onSaveState = (_: unknown, state: DocumentRegistry.SaveState): void => {
		isSaving = state === 'started';
	};
	const onFileChanged = (_: unknown, { type, newValue }: Contents.IChangedArgs): void => {
		const path = newValue?.path;
		if (!isSaving || type !== 'save' || newValue?.type !== 'notebook' || path === undefined || isOpen(path)) return;
		void tell(path).catch((error: unknown) => {
			if (!isNightlogError(error)) console.error('Nightlog: a copy could not be told of.', error);
		});
	};
	context.saveState.connect(onSaveState);
	contents.fileChanged.connect(onFileChanged);
	panel.disposed.connect(() => contents.fileChanged.disconnect(onFileChanged));
}
