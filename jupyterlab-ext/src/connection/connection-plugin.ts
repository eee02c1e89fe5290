import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { IConnection } from '../tokens.ts';
import { Connection } from './connection.ts';

/** Connects to the person's server, once the window stands. */
export const connectionPlugin: JupyterFrontEndPlugin<IConnection> = {
	id: '@nightlog/jupyterlab-ext:connection',
	description: "Connects to the person's Nightlog server through Jupyter.",
	autoStart: true,
	provides: IConnection,
	optional: [ITranslator],
	activate: (app, translator: ITranslator | null) => {
		const connection = new Connection(app.serviceManager, (translator ?? nullTranslator).load('nightlog'));
		// The server starts at the first request: opening the window does not wait for it.
		void app.restored.then(() => connection.start());
		return connection;
	},
};
