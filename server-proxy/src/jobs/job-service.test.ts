import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { JobBench } from './job-bench.test-case.ts';

describe('a job', () => {
	const bench = new JobBench();
	before(() => bench.start());
	after(() => bench.remove());

	test('runs to its end, with result, version and files', async () => {
		const job = await bench.submit(['write out/a.txt hello', 'pass']);
		assert.equal(job.state, 'accepted');
		const ended = await bench.ended(job.id);
		assert.deepEqual([ended.state, ended.error, ended.reason], ['succeeded', null, null], bench.logged.join('\n'));
		assert.deepEqual(ended.progress, { done: 2, total: 2 });
		assert.equal(ended.attempt, 1);
		assert.match(ended.result?.version ?? '', /^[0-9a-f]{40}$/);
		assert.deepEqual(
			ended.result?.files.map(({ path, sizeBytes }) => [path, sizeBytes]),
			[['out/a.txt', 5]],
		);
		assert.equal(readFileSync(ended.result?.files[0]?.link ?? '', 'utf8'), 'hello');
		assert.equal(bench.versions.results().size, 1);
	});
});
