import { Receipt } from '@nightlog/shared/jobs/runner-protocol';
import type { ValidateFunction } from 'ajv';
import { step } from '../durable/crash-points.ts';
import { readRegularFile } from '../files/regular-file.ts';
import { type JobFolder, lastWords } from './job-folder.ts';

/** Ten thousand files and as many packages are a tenth of this. */
const mostBytes = 100_000_000;

/** A receipt; `problem` says why one that is there does not count. */
type ReadReceipt = { readonly receipt: Receipt | null; readonly problem: string | null };

/** Reads receipts. What checks them is loaded with the first one: a server that only starts does without. */
export class ReceiptReader {
	#isReceipt: ValidateFunction<Receipt> | null = null;

	/** What a job's folder holds. */
	async read(places: JobFolder, jobId: string): Promise<ReadReceipt> {
		const bytes = await step('receipt/read', () => readRegularFile(places.receipt, mostBytes));
		if (bytes === 'too-large') return { receipt: null, problem: `Its run record is larger than ${mostBytes / 1_000_000} MB.` };
		if (bytes === null) {
			const last = await step('receipt/last-words', () => lastWords(places));
			return { receipt: null, problem: last === null ? null : `The last line of its log: ${last}` };
		}
		return this.parse(bytes, jobId);
	}

	async parse(bytes: Uint8Array, jobId: string): Promise<ReadReceipt> {
		let value: unknown;
		try {
			value = JSON.parse(new TextDecoder().decode(bytes));
		} catch {
			return { receipt: null, problem: 'Its run record is no JSON.' };
		}
		const { Ajv } = await step('receipt/load-check', () => import('ajv'));
		this.#isReceipt ??= new Ajv({ strict: false }).compile<Receipt>(Receipt);
		if (!this.#isReceipt(value)) {
			const [first] = this.#isReceipt.errors ?? [];
			return { receipt: null, problem: `Its run record cannot be read: ${first?.instancePath ?? ''} ${first?.message ?? ''}`.trim() };
		}
		if (value.job !== jobId) return { receipt: null, problem: 'Its run record is that of another job.' };
		return { receipt: value, problem: null };
	}
}
