import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ISettings } from '../tokens.ts';

const id = '@nightlog/jupyterlab-ext:settings';

/** Reads the person's settings; their schema holds menus, toolbars and keys, too. */
export const settingsPlugin: JupyterFrontEndPlugin<ISettings> = {
	id,
	description: "Nightlog's settings, menus, toolbar buttons and keys.",
	autoStart: true,
	provides: ISettings,
	optional: [ISettingRegistry],
	activate: (_, registry: ISettingRegistry | null) => {
		const loaded = registry?.load(id).catch((error: unknown) => {
			console.error('Nightlog: the settings could not be read, the defaults hold.', error);
			return null;
		});
		return {
			bringOutputs: async () => {
				const settings = await loaded;
				return settings?.get('bringOutputs').composite !== false;
			},
		};
	},
};
