import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readProcessFile } from '../../server-proxy/src/backends/local/process-file.ts';
import { JobBench } from '../../server-proxy/src/jobs/job-bench.test-case.ts';

const cache = process.env.NIGHTLOG_CACHE ?? path.join(homedir(), '.cache', 'nightlog');
const python = process.env.NIGHTLOG_TEST_PYTHON ?? path.join(cache, 'python', 'bin', 'python');
const runner = fileURLToPath(new URL('../../server-proxy/dist/runner.pyz', import.meta.url));
const kills = 3;
/** A second between two saves, and what the kernel holds back. */
const mostLostSeconds = 2;
/** Once of several times the machine may stand still meanwhile. */
const mostLostOnceSeconds = 20;

const cells = [
	// Large enough that it is not written whole each second.
	'import base64, os\ndisplay({"image/png": base64.b64encode(os.urandom(45_000_000)).decode()}, raw=True)',
	'import time\nfor i in range(100_000):\n    print(i, time.time(), flush=True); time.sleep(0.02)',
];

describe('a runner with a large notebook that is killed', () => {
	const bench = new JobBench();
	const lost: number[] = [];
	before(() => bench.start({ python, runner }));
	after(async () => {
		await bench.remove();
		const figures = lost.map((seconds) => seconds.toFixed(2)).join(', ');
		process.stdout.write(`# runner of a large notebook killed ${kills} times: ${figures} s of output lost\n`);
		assert.ok(Math.min(...lost) < mostLostSeconds, `${figures} s of output are lost`);
	});

	for (let round = 0; round < kills; round++) {
		test(`leaves all but the last moment in its result (${round + 1})`, async () => {
			const job = await bench.submit(cells);
			const changes = bench.inFolder(job, '.runner', 'changes');
			await bench.until(job.id, ({ progress }) => progress.done === 1);
			const isPrinted = () => existsSync(changes) && readFileSync(changes, 'utf8').includes('"stream"');
			while (!isPrinted()) await pause(20);
			await pause(400 * round);
			while (!isPrinted()) await pause(20);
			const file = readProcessFile(bench.inFolder(job));
			assert.ok(file.kind === 'begun');
			process.kill(file.identity.pid, 'SIGKILL');
			const killedAt = Date.now() / 1000;
			const before = readFileSync(bench.inFolder(job, 'result.ipynb'), 'utf8').length;
			const ended = await bench.ended(job.id);
			assert.deepEqual([ended.state, ended.error?.type], ['failed', 'job/killed']);
			assert.ok(!existsSync(changes), bench.logged.join('\n'));
			const kept = bench.versions.results().get(job.id) ?? '';
			assert.ok(kept.length > before, 'what was saved beside the notebook is in it');
			const [, printed] = (JSON.parse(kept) as { cells: { outputs: { text: string[] }[] }[] }).cells;
			// The kernel may have told of half a line.
			const [, last] = printed?.outputs[0]?.text.findLast((line) => line.endsWith('\n'))?.split(' ') ?? [];
			lost.push(killedAt - Number(last));
			assert.ok(killedAt - Number(last) < mostLostOnceSeconds, `${killedAt - Number(last)} s of output are lost`);
		});
	}
});
