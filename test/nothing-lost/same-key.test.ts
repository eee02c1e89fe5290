// The same click, however often it arrives: one version, one job, one run.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { Version } from '@nightlog/shared/versions/version-schema';
import { makeNotebook } from '../bench/notebooks.ts';
import { startServer, type TestServer } from '../support/start-server.ts';
import { untilEnded } from './until-ended.ts';

const posts = 100;
const counted = { lost: 0, doubled: 0, stuck: 0 };
let server: TestServer;
let ranFile: string;
before(async () => {
	server = await startServer();
	ranFile = path.join(server.home, 'ran.log');
	writeFileSync(ranFile, '');
	mkdirSync(path.join(server.home, 'project'));
});
after(async () => {
	await server?.dispose();
	process.stdout.write(`${posts} posts with one key, three times: lost: ${counted.lost}, doubled: ${counted.doubled}, stuck: ${counted.stuck}\n`);
	assert.deepEqual(counted, { lost: 0, doubled: 0, stuck: 0 });
});

function writeNotebook(name: string): { file: string; text: string } {
	const text = makeNotebook([{ source: `open(${JSON.stringify(ranFile)}, 'a').write('${name}\\n')` }]);
	const file = path.join(server.home, 'project', `${name}.ipynb`);
	writeFileSync(file, text);
	return { file, text };
}

async function assertRanOnce(name: string, job: string): Promise<void> {
	const ended = await untilEnded(server, job);
	if (ended === null) counted.stuck += 1;
	assert.equal(ended?.state, 'succeeded', JSON.stringify(ended));
	const jobs = (await server.call('/v1/jobs?limit=500')).json<{ jobs: Job[] }>().jobs.filter((each) => each.notebook === `${name}.ipynb`);
	const runs = readFileSync(ranFile, 'utf8')
		.split('\n')
		.filter((line) => line === name).length;
	if (jobs.length > 1 || runs > 1) counted.doubled += 1;
	if (jobs.length < 1 || runs < 1) counted.lost += 1;
	assert.deepEqual([jobs.length, runs], [1, 1]);
}

test(`${posts} posts with one key at once are one job and one run`, async () => {
	const { file } = writeNotebook('one-key');
	const version = (await server.post<Version>('/v1/versions', { notebook: file, reason: 'submit' })).body.id;
	const key = { 'idempotency-key': 'the-same-for-all' };
	const answers = await Promise.all(Array.from({ length: posts }, () => server.post<Job>('/v1/jobs', { notebook: file, version }, key)));
	const ids = new Set(answers.map(({ body }) => body.id));
	assert.deepEqual([answers.filter(({ status }) => status === 202).length, answers.filter(({ status }) => status === 200).length], [1, posts - 1]);
	assert.equal(ids.size, 1);
	await assertRanOnce('one-key', [...ids][0]!);
	const late = await server.post<Job>('/v1/jobs', { notebook: file, version }, key);
	assert.deepEqual([late.status, late.body.id], [200, [...ids][0]]);
});

test(`${posts} posts with one key for two requests: one of them is stored, the other refused`, async () => {
	const { file } = writeNotebook('two-bodies');
	const version = (await server.post<Version>('/v1/versions', { notebook: file, reason: 'submit' })).body.id;
	const answers = await Promise.all(
		Array.from({ length: posts }, (_, index) =>
			server.post<Job>('/v1/jobs', { notebook: file, version, name: `name ${index % 2}` }, { 'idempotency-key': 'of-two-requests' }),
		),
	);
	const stored = answers.filter(({ status }) => status === 202);
	assert.equal(stored.length, 1);
	assert.equal(answers.filter(({ status }) => status === 200).length, posts / 2 - 1);
	assert.equal(answers.filter(({ status }) => status === 409).length, posts / 2);
	const [job] = stored;
	assert.ok(answers.filter(({ status }) => status === 200).every(({ body }) => body.name === job?.body.name && body.id === job?.body.id));
	await assertRanOnce('two-bodies', job!.body.id);
});

test(`${posts} clicks at once, each keeping what is on the screen first, are one version, one job and one run`, async () => {
	const { file, text } = writeNotebook('clicks');
	const jobs = await Promise.all(
		Array.from({ length: posts }, async () => {
			const kept = await server.post<Version>('/v1/versions', { notebook: file, content: text, reason: 'submit' });
			const posted = await server.post<Job>('/v1/jobs', { notebook: file, version: kept.body.id }, { 'idempotency-key': 'of-one-click' });
			return { version: kept.body.id, job: posted.body.id };
		}),
	);
	const versions = (await server.call(`/v1/versions?notebook=${encodeURIComponent(file)}`)).json<{ versions: Version[] }>().versions;
	if (versions.length > 1) counted.doubled += versions.length - 1;
	assert.equal(versions.length, 1);
	assert.deepEqual(new Set(jobs.map(({ version }) => version)), new Set([versions[0]!.id]));
	assert.equal(new Set(jobs.map(({ job }) => job)).size, 1);
	await assertRanOnce('clicks', jobs[0]!.job);
});
