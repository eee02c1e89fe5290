import { PathExt } from '@jupyterlab/coreutils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { UUID } from '@lumino/coreutils';
import type { OperationOutput } from '@nightlog/shared/api/client';
import type { BackendChoice } from '@nightlog/shared/elements/submit-form';
import type { CellSelection, Job } from '@nightlog/shared/jobs/job-schema';
import { formTextsOf } from '@nightlog/shared/views/submit-form';
import type { Translation } from '@nightlog/shared/views/translation';
import { SubmissionKeys, type SubmissionResult, submitNotebook } from '@nightlog/shared/workflows/submit-notebook';
import { contentOnScreen, sessionOf } from '../document/document-content.ts';
import type { IConnection } from '../tokens.ts';
import { notify } from '../views/notify.ts';
import type { RememberedChoices } from './remembered-choices.ts';
import { SubmitDialog } from './submit-dialog.ts';

/** What submitting needs of the rest. */
export interface SubmitContext {
	readonly connection: IConnection;
	readonly remembered: RememberedChoices;
	readonly trans: Translation;
	/** Which editor this is, with its version. */
	readonly editor: string;
	/** Called with each job that was submitted here. */
	readonly onDidSubmit: (job: Job) => void;
}

/** What is to be run. */
export interface SubmitTarget {
	readonly panel: NotebookPanel;
	readonly cells: CellSelection;
	readonly title: string;
	/** What will run, in a sentence. */
	readonly summary: string;
}

const waitFor = (delayMs: number, signal: AbortSignal): Promise<void> =>
	new Promise((resolve, reject) => {
		const timer = window.setTimeout(resolve, delayMs);
		signal.addEventListener(
			'abort',
			() => {
				window.clearTimeout(timer);
				reject(signal.reason);
			},
			{ once: true },
		);
	});

type Backend = OperationOutput<'listBackends'>['backends'][number];

function backendChoice(backend: Backend): BackendChoice {
	const { capabilities } = backend;
	return {
		name: backend.name,
		default: backend.default,
		problem: backend.problem,
		// An older server does not say.
		endsWithSession: backend.endsWithSession ?? null,
		resources: [
			...(capabilities.cpuLimit ? (['cpus'] as const) : []),
			...(capabilities.memoryLimit ? (['memoryBytes'] as const) : []),
			...(capabilities.gpus ? (['gpus'] as const) : []),
			...(capabilities.wallTime ? (['wallTimeSeconds'] as const) : []),
		],
	};
}

/**
 * Asks what to run it with, and submits it. Resolves when the dialog is closed.
 *
 * @throws NightlogError when the server or Jupyter cannot be asked; then nothing was shown and nothing was submitted
 */
export async function submitJob(context: SubmitContext, target: SubmitTarget): Promise<void> {
	const { connection, remembered, trans } = context;
	const { panel, cells } = target;
	const place = await connection.placeOf(panel);
	if (place.file === null) {
		notify('warning', place.reason ?? trans.__('This notebook is no file on the machine where Jupyter runs.'), trans, { autoClose: false });
		return;
	}
	const { file } = place;
	const content = contentOnScreen(panel);
	const [{ parameters, findings }, { backends }, choices] = await Promise.all([
		connection.client.call('readParameters', { body: { notebook: file, ...(content === null ? {} : { content }) } }),
		connection.client.call('listBackends', {}),
		remembered.recall(file),
	]);
	const keys = new SubmissionKeys(() => UUID.uuid4());
	const dialog = new SubmitDialog(
		{
			title: target.title,
			content: {
				idPrefix: `nightlog-form-${UUID.uuid4()}`,
				summary: target.summary,
				parameters,
				backends: backends.map(backendChoice),
				texts: formTextsOf(choices, parameters, backends),
				defaultName: PathExt.basename(file, '.ipynb'),
				findings,
			},
			trans,
			submit: async (chosen, seen, signal) => {
				const result = await submitNotebook(
					connection.client,
					{
						notebook: file,
						content: contentOnScreen(panel),
						editor: context.editor,
						session: sessionOf(panel),
						choices: { ...chosen, cells, python: place.python },
					},
					{ seen, keyFor: (body) => keys.keyFor(body), signal, wait: waitFor },
				);
				if (result.kind === 'submitted') keys.answered();
				void remembered.remember(file, chosen);
				return result;
			},
		},
		(result) => announce(context, result),
	);
	await dialog.launch().finally(() => dialog.dispose());
}

function announce(context: SubmitContext, result: SubmissionResult): void {
	if (result.kind !== 'submitted') return;
	const { job, version } = result;
	context.onDidSubmit(job);
	if (version.note !== null) notify('info', version.note, context.trans, { autoClose: 20_000 });
	notify('info', context.trans.__('Submitted as job "%1". Its outputs come back into their cells.', job.name), context.trans, { autoClose: 4000 });
}
