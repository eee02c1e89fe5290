import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountEnvironment, processUse, startServer, type TestServer, testPython } from '../support/start-server.ts';
import { type Figure, figureOf } from './harness.ts';
import { emptyNotebook } from './notebooks.ts';

// Runs in the peers' Python and answers a line for each line: how long a start took, and what CPU it and its children used.
const kernelStart = `
import sys, time
from jupyter_client.manager import KernelManager
for line in sys.stdin:
    start = time.perf_counter()
    manager = KernelManager(kernel_name='python3')
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    print(time.perf_counter() - start, flush=True)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
`;

const papermillRun = `
import resource, subprocess, sys, time
start = time.perf_counter()
before = resource.getrusage(resource.RUSAGE_CHILDREN)
subprocess.run([sys.executable, '-m', 'papermill', '--no-progress-bar', '--log-level', 'ERROR', *sys.argv[1:]], check=True)
after = resource.getrusage(resource.RUSAGE_CHILDREN)
print(time.perf_counter() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
`;

interface JobView {
	readonly id: string;
	readonly state: string;
	readonly error: unknown;
}

/** From 202 to the first cell starting, beside a bare kernel start; and an empty notebook from submission to its end, beside papermill. */
export async function benchRunNotebook(repetitions: number): Promise<Figure[]> {
	const server = await startServer();
	const environment = accountEnvironment(server.home);
	const kernels = spawn(testPython, ['-c', kernelStart], { env: environment, stdio: ['pipe', 'pipe', 'inherit'] });
	const lines = createInterface({ input: kernels.stdout })[Symbol.asyncIterator]();
	try {
		const folder = path.join(server.home, 'work');
		mkdirSync(folder);
		const notebook = path.join(folder, 'empty.ipynb');
		writeFileSync(notebook, emptyNotebook());
		const version = (await server.post<{ id: string }>('/v1/versions', { notebook, reason: 'submit' })).body.id;
		await bareKernelStart(kernels, lines); // compiled and cached, both sides
		await runJob(server, { notebook, version });

		const first: number[] = [];
		const bare: number[] = [];
		const whole: number[] = [];
		const cpu: number[] = [];
		const peerWhole: number[] = [];
		const peerCpu: number[] = [];
		for (let index = 0; index < repetitions; index++) {
			const turns = [
				async () => {
					const run = await runJob(server, { notebook, version });
					first.push(run.firstCellSeconds);
					whole.push(run.wholeSeconds);
					cpu.push(run.cpuSeconds);
				},
				async () => void bare.push(await bareKernelStart(kernels, lines)),
				async () => {
					const text = execFileSync(testPython, ['-c', papermillRun, notebook, path.join(server.home, 'papermill.ipynb')], {
						env: environment,
						encoding: 'utf8',
					});
					const [seconds, used] = text.trim().split(' ').map(Number);
					peerWhole.push(seconds as number);
					peerCpu.push(used as number);
				},
			];
			if (index % 2 === 1) turns.reverse();
			for (const turn of turns) {
				await turn();
				await sleep(150); // kernels of the turn before have ended
			}
		}
		return [
			figureOf('202 to the first cell starting', 's', first, { ratio: 1 }, { peer: { name: 'kernel start by jupyter_client', samples: bare } }),
			figureOf('empty 10-cell notebook, submitted to finished', 's', whole, { ratio: 1 / 2.2 }, { peer: { name: 'papermill', samples: peerWhole } }),
			figureOf(
				'CPU of server and job for it',
				's',
				cpu,
				{ ratio: 0.75 },
				{
					peer: { name: 'papermill', samples: peerCpu },
					note: 'ours is the server’s CPU over the run and what the run record says of runner and kernel',
				},
			),
		];
	} finally {
		kernels.stdin.end();
		await server.dispose();
	}
}

async function bareKernelStart(kernels: ChildProcess, lines: AsyncIterator<string>): Promise<number> {
	kernels.stdin?.write('\n');
	return Number((await lines.next()).value);
}

async function runJob(server: TestServer, request: object): Promise<{ firstCellSeconds: number; wholeSeconds: number; cpuSeconds: number }> {
	const pid = server.process.pid as number;
	const cpuBefore = processUse(pid).cpuSeconds;
	const start = Date.now();
	const posted = await server.post<JobView>('/v1/jobs', request, { 'idempotency-key': randomUUID() });
	const accepted = Date.now();
	if (posted.status !== 202) throw new Error(`not accepted: ${JSON.stringify(posted.body)}`);
	const { id } = posted.body;
	for (;;) {
		const job = (await server.call(`/v1/jobs/${id}`)).json<JobView>();
		if (job.state === 'succeeded') break;
		if (['failed', 'cancelled', 'lost'].includes(job.state)) throw new Error(`the job ended ${job.state}: ${JSON.stringify(job.error)}`);
		await sleep(10);
	}
	const seenAt = Date.now();
	const { events } = (await server.call(`/v1/jobs/${id}/events`)).json<{ events: { kind: string; time: string }[] }>();
	const firstCell = events.find((event) => event.kind === 'cell-started');
	if (!firstCell) throw new Error('no cell started');
	const receipt = (await server.call(`/v1/jobs/${id}/receipt`)).json<{ resources: { cpuSeconds: number | null } }>();
	if (receipt.resources.cpuSeconds === null) throw new Error('the run record does not know the CPU time');
	return {
		firstCellSeconds: (Date.parse(firstCell.time) - accepted) / 1000,
		wholeSeconds: (seenAt - start) / 1000,
		cpuSeconds: processUse(pid).cpuSeconds - cpuBefore + receipt.resources.cpuSeconds,
	};
}
