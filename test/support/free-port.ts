import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** What is bound to port 0 beside us gets a number above these, so that nobody takes one between our look and its use. */
const [lowest, highest] = [18_000, 32_000];

/** A port of 127.0.0.1 that is free now. */
export async function freePort(): Promise<number> {
	for (;;) {
		const port = randomInt(lowest, highest);
		const probe = createServer();
		const isFree = await new Promise<boolean>((resolve) => {
			probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
		});
		await new Promise((resolve) => probe.close(resolve));
		if (isFree) return port;
	}
}
