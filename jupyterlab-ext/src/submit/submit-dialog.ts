import { Dialog } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { SubmitForm, type SubmitFormContent } from '@nightlog/shared/elements/submit-form';
import type { Finding } from '@nightlog/shared/jobs/finding';
import { findingKey } from '@nightlog/shared/jobs/finding-key';
import type { JobRequest } from '@nightlog/shared/jobs/job-schema';
import type { Translation } from '@nightlog/shared/views/translation';
import type { SubmissionResult } from '@nightlog/shared/workflows/submit-notebook';
import { errorText } from '../views/error-text.ts';

/** What the form asks for. */
export type FormChoices = Pick<JobRequest, 'name' | 'backend' | 'parameters' | 'resources'>;

/** What the dialog does with what was chosen. */
export type Submit = (choices: FormChoices, seen: ReadonlySet<string>, signal: AbortSignal) => Promise<SubmissionResult>;

/** What the dialog is made of. */
export interface SubmitDialogOptions {
	readonly title: string;
	readonly content: SubmitFormContent;
	readonly submit: Submit;
	readonly trans: Translation;
}

class FormBody extends Widget {
	constructor(form: SubmitForm) {
		super({ node: form.element });
	}
}

/**
 * The dialog in which a job is submitted. It stays open until the server has the job, or a person closes it: what was found is shown in the form, and
 * pressing *Submit* once more takes the warnings. While a submission is under way, pressing it again does nothing.
 */
export class SubmitDialog extends Dialog<void> {
	private readonly form: SubmitForm;
	private readonly options: SubmitDialogOptions;
	private readonly done: (result: SubmissionResult) => void;
	private readonly seen = new Set<string>();
	private underWay: AbortController | null = null;

	/** @param done called when the server has the job, before the dialog closes */
	constructor(options: SubmitDialogOptions, done: (result: SubmissionResult) => void) {
		const { trans } = options;
		const form = new SubmitForm(document, options.content, trans, () => this.onFormChanged());
		super({
			title: options.title,
			body: new FormBody(form),
			buttons: [Dialog.cancelButton({ label: trans.__('Cancel') }), Dialog.okButton({ label: trans.__('Submit') })],
			defaultButton: 1,
		});
		this.form = form;
		this.options = options;
		this.done = done;
		this.addClass('nightlog-submit-dialog');
	}

	/** Pressing a button, or Enter. */
	override resolve(index?: number): void {
		if (index === 0) this.reject();
		else void this.submit();
	}

	override reject(): void {
		// What has reached the server by now goes on, and is in the list of jobs.
		this.underWay?.abort();
		super.reject();
	}

	protected override onAfterAttach(message: Parameters<Dialog<void>['onAfterAttach']>[0]): void {
		super.onAfterAttach(message);
		void this.ready.then(() => this.form.focusFirst());
	}

	private async submit(): Promise<void> {
		if (this.underWay !== null) return;
		const choices = this.form.read();
		if (choices === null) return;
		const underWay = new AbortController();
		this.underWay = underWay;
		this.setBusy(true);
		try {
			const result = await this.options.submit(choices, this.seen, underWay.signal);
			if (result.kind === 'submitted') {
				this.done(result);
				super.resolve(1);
				return;
			}
			this.setBusy(false);
			this.showFindings(result.findings);
		} catch (error) {
			if (underWay.signal.aborted) return;
			this.setBusy(false);
			if (!isNightlogError(error)) {
				this.form.showError(this.options.trans.__('Something went wrong inside Nightlog; the browser console has the details.'));
				throw error;
			}
			this.form.showError(errorText(error));
		} finally {
			this.underWay = null;
		}
	}

	private showFindings(findings: readonly Finding[]): void {
		this.form.showFindings(findings);
		const hasErrors = findings.some((finding) => finding.severity === 'error');
		for (const finding of findings) if (finding.severity === 'warning') this.seen.add(findingKey(finding));
		this.setSubmitLabel(hasErrors ? this.options.trans.__('Submit') : this.options.trans.__('Submit anyway'));
		if (!hasErrors) this.submitButton()?.focus();
	}

	private onFormChanged(): void {
		this.setSubmitLabel(this.options.trans.__('Submit'));
	}

	private setBusy(busy: boolean): void {
		this.form.busy = busy;
		this.toggleClass('nightlog-mod-busy', busy);
		if (busy) this.setSubmitLabel(this.options.trans.__('Submitting…'));
		else this.setSubmitLabel(this.options.trans.__('Submit'));
		const button = this.submitButton();
		if (button !== null) button.disabled = busy;
		// A button that is disabled loses the cursor, and with it the keys that work in the form.
		if (!busy && !this.node.contains(document.activeElement)) button?.focus();
	}

	private submitButton(): HTMLButtonElement | null {
		return this.node.querySelector<HTMLButtonElement>('.jp-Dialog-footer .jp-mod-accept');
	}

	private setSubmitLabel(label: string): void {
		const node = this.submitButton()?.querySelector('.jp-Dialog-buttonLabel');
		if (node) node.textContent = label;
	}
}
