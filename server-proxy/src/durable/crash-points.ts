/**
 * Every place at which a server that is killed between accepting a job and its end can stand: each `await` on that way is one `step` with a name of
 * its own, and a test kills the server before and after each of them. A test reads the sources and fails for an `await` that is none.
 */
export const crashPoints = [
	'accept/same',
	'accept/other',
	'accept/stored',
	'accept/check',
	'accept/pin',
	'accept/write-down',
	'accept/turn',
	'accept/sync',
	'dispatch/wait',
	'dispatch/find',
	'dispatch/lease',
	'dispatch/submit',
	'prepare/clear',
	'prepare/read-version',
	'prepare/make-folder',
	'prepare/make-notebook-folder',
	'prepare/write-notebook',
	'prepare/look',
	'prepare/read-file',
	'prepare/write-file',
	'prepare/read-link',
	'prepare/write-link',
	'slice/rest',
	'each/item',
	'each/all',
	'file/write',
	'file/rename',
	'watch/wait',
	'watch/status',
	'cancel/backend',
	'cancel/ask',
	'adopt/backend',
	'adopt/find',
	'finish/backend',
	'finish/collect',
	'collect/recover',
	'finish/receipt',
	'finish/look-for-result',
	'receipt/read',
	'receipt/last-words',
	'receipt/load-check',
	'files/look',
	'files/read-folder',
	'files/hash',
	'keep/look-for-result',
	'keep/read-result',
	'keep/receipt',
	'keep/version',
	'release/backend',
	'release/remove',
] as const;

/** The name of a step. */
export type CrashPoint = (typeof crashPoints)[number];

// `<name>/before` or `<name>/after`; set by the tests only.
const wanted = process.env.NIGHTLOG_CRASH_AT ?? null;

/** Waits for `run`: the only `await` on the way of a job. */
export async function step<T>(point: CrashPoint, run: () => Promise<T>): Promise<T> {
	if (wanted !== null) crashAt(`${point}/before`);
	const value = await run();
	if (wanted !== null) crashAt(`${point}/after`);
	return value;
}

function crashAt(place: string): void {
	if (place === wanted) process.kill(process.pid, 'SIGKILL');
}
