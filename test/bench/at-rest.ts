import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processUse, startServer } from '../support/start-server.ts';
import { type Figure, figureOf } from './harness.ts';
import { emptyNotebook } from './notebooks.ts';

/** What the server costs while nothing happens: its start, and its memory and CPU with one notebook open. */
export async function benchAtRest(repetitions: number): Promise<Figure[]> {
	const ready: number[] = [];
	const bare: number[] = [];
	// Started once before: bytecode is compiled, as it is for the peers.
	const first = await startServer();
	await first.stop();
	for (let index = 0; index < repetitions; index++) {
		const server = await startServer({ home: first.home });
		ready.push(server.readyAfterMs);
		await server.stop();
		const start = performance.now();
		execFileSync(process.execPath, ['-e', '0']);
		bare.push(performance.now() - start);
	}
	rmSync(first.home, { recursive: true, force: true });
	const server = await startServer();
	try {
		const folder = path.join(server.home, 'work');
		mkdirSync(folder);
		const notebook = path.join(folder, 'empty.ipynb');
		writeFileSync(notebook, emptyNotebook());
		await server.post('/v1/notebooks/open', { notebook, client: 'bench' });
		await server.post('/v1/versions', { notebook, reason: 'save' });
		await sleep(5000);
		const memory: number[] = [];
		const cpu: number[] = [];
		for (let index = 0; index < 3; index++) {
			const before = cpuSecondsOf(server.process.pid as number);
			await sleep(20_000);
			const after = cpuSecondsOf(server.process.pid as number);
			memory.push(processUse(server.process.pid as number).residentBytes / 1e6);
			cpu.push(((after - before) / 20) * 100);
		}
		return [
			figureOf('server ready after its start', 'ms', ready, { median: 300 }, { peer: { name: 'Node started for nothing', samples: bare } }),
			figureOf('memory of the server with one notebook open', 'MB', memory, { median: 90 }),
			figureOf('CPU of the server at rest', '%', cpu, { median: 0.1 }),
		];
	} finally {
		await server.dispose();
	}
}

/** CPU time of all threads that there are, to the nanosecond: in ticks of 10 ms, what is measured here would be one or two of them (proc(5), schedstat). */
function cpuSecondsOf(pid: number): number {
	const threads = readdirSync(`/proc/${pid}/task`);
	const nanoseconds = threads.map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]));
	return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e9;
}
