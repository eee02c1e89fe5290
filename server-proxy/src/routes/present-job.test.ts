import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { sampleJob } from '../server/fake-services.test-case.ts';
import { jobWithLinks, jobWithLocalPaths } from './present-job.ts';

const files = [{ path: 'a b.txt', sizeBytes: 3, sha256: null, link: '' }];
const job: Job = { ...sampleJob, result: { notebook: '', version: null, files } };
const answer = (path: string | null) => ({ resultFile: async () => path, outputFile: async () => path });
const fail = (code: string) => async () => {
	throw new NightlogError(code, 'No.', { status: 503 });
};

test('results are links, or files of this machine where they are there', async () => {
	const linked = jobWithLinks(job);
	assert.equal(linked.result?.files[0]?.link, `/v1/jobs/${job.id}/files/a%20b.txt`);
	assert.deepEqual(await jobWithLocalPaths(job, answer(null)), linked);
	const local = await jobWithLocalPaths(job, answer('/state/x'));
	assert.deepEqual([local.result?.notebook, local.result?.files[0]?.link], ['/state/x', '/state/x']);
});

test('a job of another machine is shown, though only the server there knows its files', async () => {
	const elsewhere = fail('lease/elsewhere');
	assert.deepEqual(await jobWithLocalPaths(job, { resultFile: elsewhere, outputFile: elsewhere }), jobWithLinks(job));
	const broken = fail('job/broken');
	await assert.rejects(jobWithLocalPaths(job, { resultFile: broken, outputFile: broken }), { code: 'job/broken' });
});
