import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { type INotebookModel, type NotebookPanel, NotebookWidgetFactory } from '@jupyterlab/notebook';
import { icons } from '../icons/icons.ts';

/** The name under which the document registry knows notebooks that cannot be changed. */
export const readOnlyFactoryName = 'Nightlog version';

/** Shows notebooks without a kernel, and without a way to change them. */
class ReadOnlyNotebookFactory extends NotebookWidgetFactory {
	protected override createNewWidget(context: DocumentRegistry.IContext<INotebookModel>, source?: NotebookPanel): NotebookPanel {
		const panel = super.createNewWidget(context, source);
		panel.addClass('nightlog-read-only');
		panel.title.icon = icons.versions;
		const { model } = context;
		// Jupyter itself writes into the metadata of what it opens, and would then ask whether to save it.
		model.stateChanged.connect((_, change) => {
			if (change.name === 'dirty' && change.newValue === true) model.dirty = false;
		});
		void context.ready.then(() => {
			if (panel.isDisposed) return;
			model.readOnly = true;
			model.dirty = false;
			for (const cell of panel.content.widgets) cell.readOnly = true;
		});
		return panel;
	}
}

/** Makes the factory out of what Jupyter's own has; null where Jupyter has none. */
export function makeReadOnlyFactory(registry: DocumentRegistry): NotebookWidgetFactory | null {
	const base = registry.getWidgetFactory('Notebook');
	if (!(base instanceof NotebookWidgetFactory)) return null;
	return new ReadOnlyNotebookFactory({
		name: readOnlyFactoryName,
		fileTypes: ['notebook'],
		modelName: 'notebook',
		preferKernel: false,
		canStartKernel: false,
		autoStartDefault: false,
		readOnly: true,
		rendermime: base.rendermime,
		contentFactory: base.contentFactory,
		mimeTypeService: base.mimeTypeService,
		editorConfig: base.editorConfig,
		notebookConfig: base.notebookConfig,
	});
}
