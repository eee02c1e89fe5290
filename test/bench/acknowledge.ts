import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer, type TestServer } from '../support/start-server.ts';
import { alternate, type Figure, figureOf, ServerClock } from './harness.ts';
import { makeNotebook } from './notebooks.ts';

/** Time from posting a job to its 202, while another job holds the only slot; beside an append and fsync of as many bytes on the same disk. */
export async function benchAcknowledge(repetitions: number): Promise<Figure[]> {
	const server = await startServer();
	try {
		const folder = path.join(server.home, 'work');
		mkdirSync(folder);
		const notebook = path.join(folder, 'sleep.ipynb');
		writeFileSync(notebook, makeNotebook([{ source: 'import time\ntime.sleep(600)' }]));
		const kept = await server.post<{ id: string }>('/v1/versions', { notebook, reason: 'submit' });
		if (kept.status !== 201) throw new Error(`no version: ${JSON.stringify(kept)}`);
		const request = { notebook, version: kept.body.id };
		for (let index = 0; index < 5; index++) await postJob(server, request);
		await sleep(2000); // both slots are taken, what started with them has settled
		const file = openSync(path.join(server.stateFolder, 'bench-floor'), 'a');
		const block = Buffer.alloc(4096, 0x20);
		const clock = new ServerClock(server.process.pid as number);
		const times = await alternate(
			repetitions,
			() => clock.time(() => postJob(server, request)),
			async () => {
				const start = performance.now();
				writeSync(file, block);
				fsyncSync(file);
				return performance.now() - start;
			},
		);
		closeSync(file);
		return [
			figureOf(
				'POST /v1/jobs acknowledged, durable',
				'ms',
				times.ours,
				{ median: 8, p95: 20 },
				{ peer: { name: 'append and fsync of 4 kB', samples: times.peer }, note: clock.note() },
			),
		];
	} finally {
		await cancelAll(server);
		await server.dispose();
	}
}

async function postJob(server: TestServer, request: object): Promise<void> {
	const answer = await server.post('/v1/jobs', request, { 'idempotency-key': randomUUID() });
	if (answer.status !== 202) throw new Error(`not accepted: ${JSON.stringify(answer)}`);
}

/** Asks every open job to end, and waits until all have. */
export async function cancelAll(server: TestServer): Promise<void> {
	for (let round = 0; round < 200; round++) {
		let open = 0;
		for (const state of ['accepted', 'submitted', 'queued', 'running']) {
			const page = (await server.call(`/v1/jobs?limit=500&state=${state}`)).json<{ jobs: { id: string; cancelRequestedAt: string | null }[] }>();
			open += page.jobs.length;
			for (const job of page.jobs) if (job.cancelRequestedAt === null) await server.call(`/v1/jobs/${job.id}/cancel`, { method: 'POST' });
		}
		if (open === 0) return;
		await sleep(100);
	}
	throw new Error('jobs did not end within 20 s of being cancelled');
}
