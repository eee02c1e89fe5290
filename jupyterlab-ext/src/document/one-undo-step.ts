import { YDocument } from '@jupyter/ydoc';
import type { INotebookModel } from '@jupyterlab/notebook';

const groupKey = 'nightlog:step';

/**
 * Changes the document in several transactions, which *Undo* takes back, and *Redo* does again, as one.
 *
 * One transaction will not do where outputs take the place of others: Yjs tells what was inserted before what was deleted, JupyterLab joins a stream that
 * comes with the one that is still there, and then takes both away. The document is right and the screen is empty, also when such a step is undone.
 */
export function inOneUndoStep(model: INotebookModel, changes: readonly (() => void)[]): void {
	const { sharedModel } = model;
	if (!(sharedModel instanceof YDocument)) {
		for (const change of changes) sharedModel.transact(change, true);
		return;
	}
	const { undoManager } = sharedModel;
	// Each group is an object of its own: what another window or another step did is never taken for it.
	const group = {};
	// Without this it would be one step with whatever was done half a second before.
	undoManager.stopCapturing();
	for (const change of changes) {
		const before = undoManager.undoStack.at(-1);
		sharedModel.transact(change, true);
		undoManager.stopCapturing();
		const added = undoManager.undoStack.at(-1);
		if (added !== undefined && added !== before) added.meta.set(groupKey, group);
	}
	undoManager.on('stack-item-popped', ({ stackItem, type }) => {
		if (stackItem.meta.get(groupKey) !== group) return;
		const [from, to] = type === 'undo' ? [undoManager.undoStack, undoManager.redoStack] : [undoManager.redoStack, undoManager.undoStack];
		to.at(-1)?.meta.set(groupKey, group);
		if (from.at(-1)?.meta.get(groupKey) !== group) return;
		// Yjs must be done with this one before the next.
		queueMicrotask(() => {
			if (sharedModel.isDisposed || from.at(-1)?.meta.get(groupKey) !== group) return;
			if (type === 'undo') undoManager.undo();
			else undoManager.redo();
		});
	});
}
