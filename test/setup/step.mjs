import { performance } from 'node:perf_hooks';

/** How many steps are under way; only a single one has a line on the terminal while it is. */
let underWay = 0;

/** Says what is being done, and how long it took once it is. Steps may be taken side by side. */
export async function step(what, work) {
	const startedMs = performance.now();
	underWay += 1;
	if (process.stdout.isTTY) process.stdout.write(underWay === 1 ? `  …     ${what}` : `, ${what}`);
	else process.stdout.write(`      …  ${what}\n`);
	const seconds = () => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`.padStart(7);
	const line = (text) => process.stdout.write(`${process.stdout.isTTY ? '\r\x1b[2K' : ''}${text}\n`);
	try {
		const note = await work();
		line(`${seconds()}  ${what}${typeof note === 'string' ? `: ${note}` : ''}`);
	} catch (error) {
		line(`${seconds()}  ${what}: failed`);
		throw error;
	} finally {
		underWay -= 1;
	}
}
