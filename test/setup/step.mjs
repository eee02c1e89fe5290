import { performance } from 'node:perf_hooks';

/** Says what is being done, and how long it took once it is. */
export async function step(what, work) {
	const startedMs = performance.now();
	if (process.stdout.isTTY) process.stdout.write(`  …     ${what}`);
	const seconds = () => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`.padStart(7);
	const line = (text) => process.stdout.write(`${process.stdout.isTTY ? '\r\x1b[2K' : ''}${text}\n`);
	try {
		const note = await work();
		line(`${seconds()}  ${what}${typeof note === 'string' ? `: ${note}` : ''}`);
	} catch (error) {
		line(`${seconds()}  ${what}: failed`);
		throw error;
	}
}
