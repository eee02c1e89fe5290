import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IConnection, IJobs } from '../tokens.ts';
import { JobsModel } from './jobs-model.ts';

/** Knows the person's jobs. */
export const jobsPlugin: JupyterFrontEndPlugin<IJobs> = {
	id: '@nightlog/jupyterlab-ext:jobs',
	description: "Keeps the person's jobs up to date.",
	autoStart: true,
	provides: IJobs,
	requires: [IConnection],
	activate: (_, connection: IConnection) => new JobsModel(connection),
};
