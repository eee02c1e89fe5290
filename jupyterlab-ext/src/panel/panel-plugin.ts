import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ISections } from '../tokens.ts';
import { NightlogPanel } from './side-panel.ts';

/** Puts Nightlog's panel into the left side. */
export const panelPlugin: JupyterFrontEndPlugin<ISections> = {
	id: '@nightlog/jupyterlab-ext:panel',
	description: "Nightlog's panel in the left side.",
	autoStart: true,
	provides: ISections,
	optional: [ITranslator, ILayoutRestorer],
	activate: (app: JupyterFrontEnd, translator: ITranslator | null, restorer: ILayoutRestorer | null) => {
		const panel = new NightlogPanel(translator ?? nullTranslator, () => app.shell.activateById(panel.id));
		app.shell.add(panel, 'left', { rank: 350, type: 'Nightlog' });
		restorer?.add(panel, panel.id);
		return panel;
	},
};
