import type { NotebookPanel } from '@jupyterlab/notebook';
import { writeNotebook } from '@nightlog/shared/notebook/write-notebook';

/**
 * The document on the screen as the text that nbformat would write; null where the file on disk holds the same. With real-time collaboration the server
 * saves by itself, a little later: then the document always counts.
 */
export function contentOnScreen(panel: NotebookPanel): string | null {
	const { model } = panel.context;
	if (!model.dirty && !model.collaborative) return null;
	return writeNotebook(model.toJSON() as object);
}
