import { connectionPlugin } from './connection/connection-plugin.ts';
import { jobsPlugin } from './jobs/jobs-plugin.ts';
import { jobsSectionPlugin } from './jobs/jobs-section-plugin.ts';
import { outputsPlugin } from './outputs/outputs-plugin.ts';
import { panelPlugin } from './panel/panel-plugin.ts';
import { readOnlyPlugin } from './read-only/read-only-plugin.ts';
import { savesPlugin } from './saves/saves-plugin.ts';
import { settingsPlugin } from './settings/settings-plugin.ts';
import { submitPlugin } from './submit/submit-plugin.ts';
import { versionsPlugin } from './versions/versions-plugin.ts';

/** Every plugin of Nightlog; JupyterLab starts them in the order that their tokens ask for. */
export default [
	settingsPlugin,
	connectionPlugin,
	jobsPlugin,
	panelPlugin,
	readOnlyPlugin,
	outputsPlugin,
	submitPlugin,
	jobsSectionPlugin,
	versionsPlugin,
	savesPlugin,
];
