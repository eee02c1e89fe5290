import type { NotebookPanel } from '@jupyterlab/notebook';
import { writeNotebook } from '@nightlog/shared/notebook/write-notebook';

/** Id of the kernel that runs the cells of a notebook; null where none does. */
export function sessionOf(panel: NotebookPanel): string | null {
	return panel.sessionContext.session?.kernel?.id ?? null;
}

/**
 * The document on the screen as the text that nbformat would write; null where the file on disk holds the same. With real-time collaboration the server
 * saves by itself, a little later: then the document always counts.
 */
export function contentOnScreen(panel: NotebookPanel): string | null {
	const { model } = panel.context;
	if (!model.dirty && !model.collaborative) return null;
	return writeNotebook(model.toJSON() as object);
}
