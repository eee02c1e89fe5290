import { Dialog, showDialog } from '@jupyterlab/apputils';
import { UUID } from '@lumino/coreutils';
import { assertNever } from '@nightlog/shared/base/assert-never';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { JobAction } from '@nightlog/shared/views/job-row';
import type { Translation } from '@nightlog/shared/views/translation';
import type { IConnection, IJobs, IOutputReturn, IReadOnlyNotebooks } from '../tokens.ts';
import { notify } from '../views/notify.ts';

/** What the actions of a job need of the rest. */
export interface JobActionsContext {
	readonly connection: IConnection;
	readonly jobs: IJobs;
	readonly outputs: IOutputReturn;
	readonly readOnly: IReadOnlyNotebooks;
	readonly trans: Translation;
	readonly showLog: (job: Job) => void;
}

async function confirm(title: string, body: string, label: string, trans: Translation): Promise<boolean> {
	const { button } = await showDialog({
		title,
		body,
		buttons: [Dialog.cancelButton({ label: trans.__('Go back') }), Dialog.warnButton({ label })],
		defaultButton: 0,
	});
	return button.accept;
}

async function cancel(context: JobActionsContext, job: Job): Promise<void> {
	const { trans } = context;
	const body = trans.__('"%1" ends; what it has finished is kept.', job.name);
	if (!(await confirm(trans.__('Cancel this job?'), body, trans.__('Cancel job'), trans))) return;
	await context.connection.client.call('cancelJob', { params: { id: job.id } });
}

async function remove(context: JobActionsContext, job: Job): Promise<void> {
	const { trans } = context;
	const body = trans.__('The log and the files of "%1" are removed. The version that it ran, and its result as a version, stay.', job.name);
	if (!(await confirm(trans.__('Delete this job?'), body, trans.__('Delete'), trans))) return;
	await context.connection.client.call('deleteJob', { params: { id: job.id } });
}

async function rerun(context: JobActionsContext, job: Job): Promise<void> {
	const again = await context.connection.client.call('rerunJob', {
		params: { id: job.id },
		headers: { 'idempotency-key': UUID.uuid4() },
		body: {},
	});
	notify('info', context.trans.__('"%1" runs again, with the same version and parameters.', again.name), context.trans, { autoClose: 4000 });
	context.outputs.expect(again);
}

/** Does what was asked for with a job. */
export async function actOnJob(context: JobActionsContext, action: JobAction, id: string): Promise<void> {
	const job = context.jobs.state.jobs.find((candidate) => candidate.id === id);
	if (job === undefined) return;
	switch (action) {
		case 'bring-outputs':
			return context.outputs.bring(job);
		case 'open-result':
			return context.readOnly.openResult(job);
		case 'show-log':
			return context.showLog(job);
		case 'cancel':
			return cancel(context, job);
		case 'rerun':
			return rerun(context, job);
		case 'delete':
			return remove(context, job);
		default:
			return assertNever(action);
	}
}
