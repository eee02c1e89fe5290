import { ILabShell, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { sectionTable } from '@nightlog/shared/commands/section-table';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { registerCommand, showCommandError } from '../commands/register-command.ts';
import { actionIcons } from '../icons/icons.ts';
import { IConnection, IJobs, IOutputReturn, IReadOnlyNotebooks, ISections } from '../tokens.ts';
import { actOnJob } from './job-actions.ts';
import { JobsSection } from './jobs-section.tsx';
import { LogView } from './log-view.ts';

/** The list of jobs in the side panel, and the logs that it opens. */
export const jobsSectionPlugin: JupyterFrontEndPlugin<void> = {
	id: '@nightlog/jupyterlab-ext:jobs-section',
	description: 'Shows the jobs in the side panel, and their logs.',
	autoStart: true,
	requires: [IConnection, IJobs, IOutputReturn, IReadOnlyNotebooks, ISections],
	optional: [ICommandPalette, ITranslator, ILabShell],
	activate: (
		app: JupyterFrontEnd,
		connection: IConnection,
		jobs: IJobs,
		outputs: IOutputReturn,
		readOnly: IReadOnlyNotebooks,
		sections: ISections,
		palette: ICommandPalette | null,
		translator: ITranslator | null,
		labShell: ILabShell | null,
	) => {
		const trans = (translator ?? nullTranslator).load('nightlog');
		const showLog = (job: Job): void => {
			const id = `nightlog-log-${job.id}`;
			const open = [...app.shell.widgets('main'), ...app.shell.widgets('right')].find((widget) => widget.id === id);
			if (open === undefined) {
				const title = trans.__('Log of %1', job.name);
				const view = new MainAreaWidget({ content: new LogView(connection, jobs, job.id, trans, labShell === null ? title : null) });
				view.id = id;
				view.title.label = title;
				view.title.icon = actionIcons.log;
				view.title.closable = true;
				// Without JupyterLab's shell, in Notebook 7, there is room for one document only, and a panel beside it.
				app.shell.add(view, labShell === null ? 'right' : 'main', { mode: 'split-bottom' });
			}
			app.shell.activateById(id);
		};
		const context = { connection, jobs, outputs, readOnly, trans, showLog };
		const section = new JobsSection({
			connection,
			jobs,
			trans,
			act: (action, id) => void actOnJob(context, action, id).catch((error: unknown) => showCommandError(error, trans)),
		});
		sections.add(section, sectionTable.jobs.rank);
		registerCommand({ app, notebooks: null, palette, trans }, 'showJobs', () => sections.reveal(section));
	},
};
