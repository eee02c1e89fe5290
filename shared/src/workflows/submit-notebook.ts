import type { Client } from '../api/client.ts';
import { isNightlogError } from '../base/nightlog-error.ts';
import type { Finding } from '../jobs/finding.ts';
import { type Job, type JobRequest, mostWarningsSeen } from '../jobs/job-schema.ts';
import type { VersionDetail } from '../versions/version-schema.ts';

/** What a person submits: her document and her choices. */
export interface Submission {
	/** Absolute path of the notebook on the server's machine. */
	readonly notebook: string;
	/** The document on the screen as nbformat JSON; null where the file on disk holds the same. */
	readonly content: string | null;
	/** Which editor, with its version: `JupyterLab 4.6.4`. */
	readonly editor: string;
	/** Id of the kernel session in which the editor runs the cells; null where none runs. */
	readonly session: string | null;
	/** Her choices; what is left out is the server's default. */
	readonly choices: Omit<JobRequest, 'notebook' | 'version' | 'warningsSeen'>;
}

/** How a submission ended. */
export type SubmissionResult =
	| { readonly kind: 'submitted'; readonly job: Job; readonly version: VersionDetail }
	/** Nothing was submitted: there are errors, or warnings that were not yet seen. `findings` are all that there are. */
	| { readonly kind: 'held-back'; readonly version: VersionDetail; readonly findings: readonly Finding[] };

/** How the submission of one body is done. */
export interface SubmissionOptions {
	/** The warnings that were seen and taken: `findingKey` of each, the newest last. */
	readonly seen: ReadonlySet<string>;
	/** The key of the job with this body. Called once the version is known; must answer the same for the same body until the job was answered. */
	readonly keyFor: (body: string) => string;
	readonly signal: AbortSignal;
	/** Resolves after `delayMs`, rejects when the signal ends it. */
	readonly wait: (delayMs: number, signal: AbortSignal) => Promise<void>;
}

const retryDelaysMs = [500, 2000, 5000];

/**
 * Keeps the document as a version and submits it; the server checks it, and stores nothing where an error or a warning that was not seen is found. After a lost answer the same key is sent again, so that one job comes of it.
 *
 * @throws NightlogError as the calls do; then nothing is known to have been submitted, and the same submission can be tried again
 */
export async function submitNotebook(client: Client, submission: Submission, options: SubmissionOptions): Promise<SubmissionResult> {
	const { notebook, choices } = submission;
	const version = await client.call('keepVersion', {
		body: {
			notebook,
			reason: 'submit',
			editor: submission.editor,
			...(submission.session === null ? {} : { session: submission.session }),
			...(submission.content === null ? {} : { content: submission.content }),
			...(choices.parameters === undefined ? {} : { parameters: choices.parameters }),
		},
		signal: options.signal,
	});
	const body: JobRequest = { ...choices, notebook, version: version.id, warningsSeen: [...options.seen].slice(-mostWarningsSeen) };
	const key = options.keyFor(JSON.stringify(body));
	try {
		const job = await postJob(client, body, key, options);
		return { kind: 'submitted', job, version };
	} catch (error) {
		if (!isNightlogError(error, 'job/check-failed') || !Array.isArray(error.data.findings)) throw error;
		return { kind: 'held-back', version, findings: error.data.findings as Finding[] };
	}
}

async function postJob(client: Client, body: JobRequest, key: string, options: SubmissionOptions): Promise<Job> {
	for (let attempt = 0; ; attempt++) {
		try {
			return await client.call('submitJob', { body, headers: { 'idempotency-key': key }, signal: options.signal });
		} catch (error) {
			const delayMs = retryDelaysMs[attempt];
			if (delayMs === undefined || !isNightlogError(error) || !error.retryable) throw error;
			await options.wait(delayMs, options.signal);
		}
	}
}

/** Gives each body a key of its own, and the same body the same one until its job was answered. */
export class SubmissionKeys {
	private readonly random: () => string;
	private pending: { body: string; key: string } | null = null;

	/** @param random a new random key, 8 to 128 printable ASCII characters */
	constructor(random: () => string) {
		this.random = random;
	}

	/** The key for a body. */
	keyFor(body: string): string {
		if (this.pending?.body !== body) this.pending = { body, key: this.random() };
		return this.pending.key;
	}

	/** The job was answered: the same body, submitted again, is another job. */
	answered(): void {
		this.pending = null;
	}
}
