/** How long to wait before the next try: doubles with each failure, from one second to one minute. */
export function backOffMs(failures: number): number {
	return Math.min(60_000, 1000 * 2 ** Math.max(0, Math.min(failures, 10) - 1));
}
