import type { Backend } from '../backends/backend.ts';
import type { Log } from '../log/open-log.ts';
import type { VersionService } from '../services.ts';
import type { JobBook } from './job-book.ts';
import type { JobClock } from './job-clock.ts';
import type { ReceiptReader } from './receipt-reader.ts';

/** What the parts that bring jobs to their end share. */
export interface JobContext {
	/** Absolute path. */
	readonly stateFolder: string;
	readonly book: JobBook;
	readonly versions: VersionService;
	readonly backends: { get(name: string): Promise<Backend> };
	readonly receipts: ReceiptReader;
	readonly clock: JobClock;
	/** Rejects when the store is no longer ours. */
	readonly assertLease: () => Promise<void>;
	readonly log: Pick<Log, 'write'>;
	readonly retentionDays: number;
	/** Id of this boot of the machine. */
	readonly bootId: string;
	/** Ends with the service. */
	readonly signal: AbortSignal;
}
