import { Dialog, type Notification, showDialog } from '@jupyterlab/apputils';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { isFinalState } from '@nightlog/shared/jobs/job-states';
import type { Translation } from '@nightlog/shared/views/translation';
import { type OutputPlan, planOutputs, type RanCell } from '@nightlog/shared/workflows/plan-outputs';
import { showCommandError } from '../commands/register-command.ts';
import { codeCellsOf, shownCell } from '../document/document-cells.ts';
import type { IConnection, IJobs, IOutputReturn, IReadOnlyNotebooks, ISettings } from '../tokens.ts';
import { notify } from '../views/notify.ts';
import type { AwaitedJobs } from './awaited-jobs.ts';
import { type FilledCell, fillCells, takeBack } from './fill-cells.ts';
import { findNotebook, type OpenNotebook } from './find-notebook.ts';
import type { JobClaims } from './job-claims.ts';
import { NotebooksNow } from './notebooks-now.ts';
import { readResult } from './read-result.ts';

/** What bringing outputs back needs of the rest. */
export interface OutputReturnContext {
	readonly connection: IConnection;
	readonly jobs: IJobs;
	readonly notebooks: INotebookTracker;
	readonly awaited: AwaitedJobs;
	/** Jobs whose outputs a person asked for, and which the window that opens for their notebook is to bring. */
	readonly wanted: AwaitedJobs;
	readonly claims: JobClaims;
	readonly settings: ISettings;
	readonly readOnly: IReadOnlyNotebooks;
	readonly trans: Translation;
	/** Opens the notebook with this path of the contents API: here, or in another window of the browser. Null where it cannot be opened. */
	readonly openNotebook: (path: string) => Promise<NotebookPanel | 'another-window' | null>;
}

const fileOf = (job: Job): string => `${job.project}/${job.notebook}`;

/** Brings the outputs of jobs into the cells that they belong to. */
export class OutputReturn implements IOutputReturn, IDisposable {
	private readonly context: OutputReturnContext;
	private readonly lifetime = new AbortController();
	/** Jobs that are being looked after. */
	private readonly underWay = new Set<string>();
	/** Jobs whose outputs a person asked for just now. */
	private readonly bringing = new Set<string>();
	private readonly now: NotebooksNow<NotebookPanel>;
	/** Notebooks whose path changed while they were open. */
	private readonly renamed = new WeakSet<NotebookPanel>();
	/** Jobs of which was said that they are done while their notebook was not open. */
	private readonly announced = new Set<string>();

	constructor(context: OutputReturnContext) {
		this.context = context;
		this.now = new NotebooksNow(async ({ version, file }) => {
			const request = { params: { id: version }, query: { notebook: file }, signal: this.lifetime.signal };
			return (await context.connection.client.call('findVersionNotebook', request)).notebook;
		});
		context.jobs.changed.connect(this.onJobsChanged, this);
		context.notebooks.widgetAdded.connect(this.onNotebookAdded, this);
		context.notebooks.forEach((panel) => {
			this.followName(panel);
		});
		document.addEventListener('visibilitychange', this.onVisibilityChange);
		this.lookAfterAll();
	}

	get isDisposed(): boolean {
		return this.lifetime.signal.aborted;
	}

	dispose(): void {
		if (this.isDisposed) return;
		this.lifetime.abort();
		this.context.jobs.changed.disconnect(this.onJobsChanged, this);
		this.context.notebooks.widgetAdded.disconnect(this.onNotebookAdded, this);
		document.removeEventListener('visibilitychange', this.onVisibilityChange);
		this.context.claims.releaseAll();
	}

	expect(job: Job): void {
		this.context.awaited.add(job.id);
		if (!document.hidden) this.context.claims.hold(job.id);
		// It may have ended before it was awaited.
		const known = this.context.jobs.state.jobs.find((candidate) => candidate.id === job.id);
		if (known !== undefined) this.lookAfter(known);
	}

	async bring(job: Job): Promise<void> {
		// A second press, or a notebook that opens and finds its outputs awaited, does not bring them twice.
		if (this.bringing.has(job.id)) return;
		this.bringing.add(job.id);
		this.now.forget();
		try {
			const panel = (await this.findOpen(job)) ?? (await this.open(job));
			if (panel !== null) await this.bringInto(panel, job);
		} finally {
			this.bringing.delete(job.id);
		}
	}

	private async bringInto(panel: NotebookPanel, job: Job): Promise<void> {
		this.context.awaited.remove(job.id);
		const plan = await this.plan(panel, job);
		if (plan === null) return;
		const replace = plan.changed.length > 0 && (await this.askToReplace(panel, plan));
		this.fill(panel, job, plan, replace ? [...plan.fill, ...plan.changed] : plan.fill, replace ? [] : plan.changed);
	}

	private onJobsChanged(_: unknown, job: Job | null): void {
		if (job === null) this.lookAfterAll();
		else this.lookAfter(job);
	}

	private onNotebookAdded(_: unknown, panel: NotebookPanel): void {
		this.followName(panel);
		void panel.context.ready.then(() => this.lookAfterAll()).catch(() => undefined);
	}

	private followName(panel: NotebookPanel): void {
		panel.context.pathChanged.connect(() => this.renamed.add(panel));
	}

	private lookAfterAll(): void {
		for (const job of this.context.jobs.state.jobs) this.lookAfter(job);
	}

	private lookAfter(job: Job): void {
		const { awaited, wanted } = this.context;
		const isWanted = wanted.has(job.id);
		if (!(isWanted || awaited.has(job.id)) || !isFinalState(job.state) || this.isDisposed) return;
		if (this.underWay.has(job.id) || this.bringing.has(job.id)) return;
		this.underWay.add(job.id);
		const work = () => (isWanted ? this.bringWanted(job) : this.welcome(job));
		void this.context.claims
			.run(job.id, this.lifetime.signal, work)
			.catch((error: unknown) => {
				if (!this.isDisposed) showCommandError(error, this.context.trans);
			})
			.finally(() => this.underWay.delete(job.id));
	}

	private async bringWanted(job: Job): Promise<void> {
		const panel = await this.findOpen(job);
		if (panel !== null && this.context.wanted.remove(job.id)) await this.bringInto(panel, job);
	}

	/** An awaited job has ended. */
	private async welcome(job: Job): Promise<void> {
		const { awaited, settings, trans } = this.context;
		// Another window may have brought them while this one waited for it.
		if (!awaited.has(job.id)) return;
		const hasOutputs = typeof job.result?.notebook === 'string';
		if (job.state === 'cancelled' || !hasOutputs) {
			if (awaited.remove(job.id) && job.state !== 'cancelled') notify('error', this.describe(job), trans, { autoClose: false });
			return;
		}
		const panel = await this.findOpen(job);
		const offer = { label: trans.__('Bring outputs here'), callback: () => void this.bring(job).catch(this.onError) };
		if (panel === null) {
			// It stays awaited: when the notebook is opened, they come.
			if (this.announced.has(job.id)) return;
			this.announced.add(job.id);
			notify(job.state === 'succeeded' ? 'success' : 'error', this.describe(job), trans, { autoClose: false, actions: [offer] });
			return;
		}
		if (!awaited.remove(job.id)) return;
		if (!(await settings.bringOutputs())) {
			notify(job.state === 'succeeded' ? 'success' : 'error', this.describe(job), trans, { autoClose: false, actions: [offer] });
			return;
		}
		const plan = await this.plan(panel, job);
		if (plan !== null) this.fill(panel, job, plan, plan.fill, plan.changed);
	}

	/** A window that nobody sees may not hear of the end of a job. */
	private readonly onVisibilityChange = (): void => {
		if (document.hidden) this.context.claims.releaseAll();
	};

	private readonly onError = (error: unknown): void => showCommandError(error, this.context.trans);

	private async findOpen(job: Job): Promise<NotebookPanel | null> {
		const { notebooks, connection } = this.context;
		// One that is put nowhere is on its way to another window.
		const panels = notebooks.filter(({ isAttached }) => isAttached);
		const open: OpenNotebook<NotebookPanel>[] = [];
		for (const panel of panels) open.push({ panel, file: (await connection.placeOf(panel)).file, wasRenamed: this.renamed.has(panel) });
		this.now.see(open);
		return findNotebook(fileOf(job), open, async (file) => (await this.placeNow(job)) === file);
	}

	/** The absolute path of the job's notebook now; null where the server does not know it. */
	private async placeNow(job: Job): Promise<string | null> {
		try {
			return await this.now.find({ version: job.version, file: fileOf(job) });
		} catch (error) {
			// What the server cannot say of a notebook keeps outputs out of it.
			if (isNightlogError(error)) return null;
			throw error;
		}
	}

	/** Opens the job's notebook; null where that is not here: in another window, which brings the outputs itself, or nowhere, which is said. */
	private async open(job: Job): Promise<NotebookPanel | null> {
		const { wanted, connection, trans } = this.context;
		// It may have been renamed since, also while it was closed.
		const path = await connection.pathOf((await this.placeNow(job)) ?? fileOf(job));
		const panel = path === null ? null : await this.context.openNotebook(path);
		if (panel === 'another-window') {
			wanted.add(job.id);
			return null;
		}
		if (panel === null) {
			notify('warning', trans.__('%1 cannot be opened here. If it was renamed, open it under its new name and try again.', job.notebook), trans, {
				autoClose: false,
				actions: [{ label: trans.__('Open the result'), callback: () => void this.context.readOnly.openResult(job).catch(this.onError) }],
			});
		}
		return panel;
	}

	private async plan(panel: NotebookPanel, job: Job): Promise<OutputPlan | null> {
		await panel.context.ready;
		const ran = await readResult(this.context.connection.client, job, this.lifetime.signal);
		const { model } = panel.context;
		if (panel.isDisposed) return null;
		const cells = codeCellsOf(model);
		const plan = planOutputs(ran, cells.map(shownCell));
		// What the kernel writes into now is not written over.
		const running = new Set(cells.filter(({ cell }) => cell.executionState === 'running').map(({ id }) => id));
		const busy = plan.fill.filter((cell) => running.has(cell.id));
		return { ...plan, fill: plan.fill.filter((cell) => !running.has(cell.id)), changed: [...plan.changed, ...busy] };
	}

	private fill(panel: NotebookPanel, job: Job, plan: OutputPlan, cells: readonly RanCell[], kept: readonly RanCell[]): void {
		const { trans } = this.context;
		const { model } = panel.context;
		const filled = cells.length === 0 ? [] : fillCells(model, cells);
		const sentences = [this.describe(job)];
		if (filled.length > 0) sentences.push(trans._n('Outputs came into one cell.', 'Outputs came into %1 cells.', filled.length));
		else if (plan.shown.length > 0 && kept.length === 0) sentences.push(trans.__('Its outputs are shown already.'));
		if (kept.length > 0)
			sentences.push(trans._n('One cell was changed since: it is as it was.', '%1 cells were changed since: they are as they were.', kept.length));
		if (plan.missing.length > 0) sentences.push(trans._n('One cell is not here any more.', '%1 cells are not here any more.', plan.missing.length));
		const quiet = job.state === 'succeeded' && kept.length === 0 && plan.missing.length === 0;
		notify(job.state === 'succeeded' ? (quiet ? 'success' : 'warning') : 'error', sentences.join(' '), trans, {
			autoClose: quiet ? 10_000 : false,
			actions: this.actionsAfter(panel, job, filled, kept, plan),
		});
	}

	private actionsAfter(
		panel: NotebookPanel,
		job: Job,
		filled: readonly FilledCell[],
		kept: readonly RanCell[],
		plan: OutputPlan,
	): Notification.IAction[] {
		const { trans, readOnly } = this.context;
		const actions: Notification.IAction[] = [];
		if (filled.length > 0) {
			actions.push({
				label: trans.__('Undo'),
				callback: () => {
					if (!panel.isDisposed) takeBack(panel.context.model, filled);
				},
			});
		}
		if (kept.length > 0) {
			actions.push({
				label: trans.__('Replace'),
				caption: trans.__('Put the outputs of what was run into the changed cells, too'),
				callback: () => {
					if (!panel.isDisposed) this.fill(panel, job, plan, kept, []);
				},
			});
			actions.push({ label: trans.__('Keep'), callback: () => undefined });
		}
		if (plan.missing.length > 0) {
			actions.push({ label: trans.__('Open the result'), callback: () => void readOnly.openResult(job).catch(this.onError) });
		}
		return actions;
	}

	private async askToReplace(panel: NotebookPanel, plan: OutputPlan): Promise<boolean> {
		const { trans } = this.context;
		const places = new Map(codeCellsOf(panel.context.model).map(({ id }, index) => [id, index + 1]));
		const names = plan.changed.map((cell) => places.get(cell.id)).join(', ');
		const { button } = await showDialog({
			title: trans.__('Cells were changed since'),
			body: trans.__('The text of these code cells is not what was run: %1. The outputs belong to what was run.', names),
			buttons: [Dialog.cancelButton({ label: trans.__('Keep as they are') }), Dialog.okButton({ label: trans.__('Replace') })],
			defaultButton: 0,
		});
		return button.accept;
	}

	private describe(job: Job): string {
		const { trans } = this.context;
		switch (job.state) {
			case 'succeeded':
				return trans.__('"%1" is done.', job.name);
			case 'failed':
				return trans.__('"%1" failed: %2', job.name, job.error?.title ?? trans.__('its run record says no reason.'));
			case 'lost':
				return trans.__('"%1" is no longer known to %2; what it saved is here.', job.name, job.backend);
			default:
				return trans.__('"%1" has ended.', job.name);
		}
	}
}
