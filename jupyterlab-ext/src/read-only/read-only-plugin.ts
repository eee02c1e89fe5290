import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { dayOf, formatTimeOfDay } from '@nightlog/shared/views/time-words';
import { IConnection, IReadOnlyNotebooks } from '../tokens.ts';
import { driveName, resultPath, versionPath } from './drive-path.ts';
import { NightlogDrive } from './nightlog-drive.ts';
import { makeReadOnlyFactory, readOnlyFactoryName } from './read-only-factory.ts';

/** Opens versions and results. */
export const readOnlyPlugin: JupyterFrontEndPlugin<IReadOnlyNotebooks> = {
	id: '@nightlog/jupyterlab-ext:read-only',
	description: 'Opens versions and results as notebooks that cannot be changed.',
	autoStart: true,
	provides: IReadOnlyNotebooks,
	// The tracker stands for Jupyter's own notebook factory, which must be registered before.
	requires: [IConnection, INotebookTracker],
	optional: [ITranslator, ILayoutRestorer],
	activate: (
		app: JupyterFrontEnd,
		connection: IConnection,
		_notebooks: INotebookTracker,
		translator: ITranslator | null,
		restorer: ILayoutRestorer | null,
	) => {
		const trans = (translator ?? nullTranslator).load('nightlog');
		const { serviceManager, docRegistry, commands } = app;
		serviceManager.contents.addDrive(new NightlogDrive(connection.client, serviceManager.serverSettings, trans));
		const tracker = new WidgetTracker<NotebookPanel>({ namespace: 'nightlog-read-only' });
		const factory = makeReadOnlyFactory(docRegistry);
		if (factory !== null) {
			// Jupyter's types name an optional property differently in two places.
			docRegistry.addWidgetFactory(factory as DocumentRegistry.WidgetFactory);
			factory.widgetCreated.connect((_, panel) => void tracker.add(panel));
			void restorer?.restore(tracker, {
				command: 'docmanager:open',
				args: (panel) => ({ path: panel.context.path, factory: readOnlyFactoryName }),
				name: (panel) => panel.context.path,
			});
		}
		const open = async (path: string): Promise<void> => {
			await commands.execute('docmanager:open', { path: `${driveName}:${path}`, ...(factory === null ? {} : { factory: readOnlyFactoryName }) });
		};
		return {
			openResult: (job) => open(resultPath(job.id, job.notebook)),
			openVersion: ({ id, createdAt }, file) => open(versionPath(id, file, `${dayOf(createdAt)} ${formatTimeOfDay(createdAt)}`)),
		};
	},
};
