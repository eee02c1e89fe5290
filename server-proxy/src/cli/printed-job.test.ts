import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { printedJob } from './printed-job.ts';

const page = readFileSync(new URL('../../../docs/command-line.md', import.meta.url), 'utf8');

test('a job is printed with the fields that the page promises, in their order, and no other', () => {
	const [, list = ''] = /^A job is `\{([^`]*)\}`\.$/ms.exec(page) ?? [];
	const promised = list
		.replace(/\{[^}]*\}/g, '')
		.split(',')
		.map((field) => field.trim().split(':')[0]);
	const job = { cancelRequestedAt: null, ofANewerServer: 1, id: 'x' } as unknown as Job;
	assert.deepEqual(Object.keys(printedJob(job)), promised);
	assert.equal(promised.length, 22);
});
