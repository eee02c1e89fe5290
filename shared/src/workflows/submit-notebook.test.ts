import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '../api/client.ts';
import { NightlogError } from '../base/nightlog-error.ts';
import type { Finding } from '../jobs/finding.ts';
import { findingKey } from '../jobs/finding-key.ts';
import { mostWarningsSeen } from '../jobs/job-schema.ts';
import { SubmissionKeys, type SubmissionOptions, submitNotebook } from './submit-notebook.ts';

const version = 'a'.repeat(40);
const submission = {
	notebook: '/night/a.ipynb',
	content: '{}',
	editor: 'test 1',
	session: 'kernel 1',
	choices: { parameters: { alpha: 1 }, cells: 'all' as const },
};
const finding = (severity: Finding['severity'], message = 'x'): Finding => ({ code: 'job/x', severity, message, cell: null, path: null });

interface Call {
	readonly id: string;
	readonly body: Record<string, unknown>;
	readonly key: string | undefined;
}

/** A server that answers each operation with what is left in its list; an error in the list is thrown. */
function makeClient(answers: { submitJob?: unknown[] }) {
	const calls: Call[] = [];
	const posts = [...(answers.submitJob ?? [{ id: 'job' }])];
	const client = {
		call: async (id: string, input: { body: Record<string, unknown>; headers?: Record<string, string> }) => {
			calls.push({ id, body: input.body, key: input.headers?.['idempotency-key'] });
			if (id === 'keepVersion') return { id: version };
			const next = posts.shift();
			if (next instanceof Error) throw next;
			return next;
		},
	} as unknown as Client;
	return { client, calls, ids: () => calls.map(({ id }) => id) };
}

function makeOptions(seen: readonly Finding[] = []) {
	let count = 0;
	const keys = new SubmissionKeys(() => `key ${++count}`);
	const waits: number[] = [];
	const options: SubmissionOptions = {
		seen: new Set(seen.map(findingKey)),
		keyFor: (body) => keys.keyFor(body),
		signal: new AbortController().signal,
		wait: async (delayMs) => {
			waits.push(delayMs);
		},
	};
	return { options, waits };
}

test('the document is kept and submitted as that very version, in two requests', async () => {
	const { client, calls, ids } = makeClient({});
	const result = await submitNotebook(client, submission, makeOptions().options);
	assert.equal(result.kind, 'submitted');
	assert.deepEqual(ids(), ['keepVersion', 'submitJob']);
	assert.deepEqual(calls[0]!.body, {
		notebook: '/night/a.ipynb',
		reason: 'submit',
		editor: 'test 1',
		session: 'kernel 1',
		content: '{}',
		parameters: { alpha: 1 },
	});
	assert.deepEqual(calls[1]!.body, { notebook: '/night/a.ipynb', version, parameters: { alpha: 1 }, cells: 'all', warningsSeen: [] });
});

test('a document that is on disk as it stands is not sent', async () => {
	const { client, calls } = makeClient({});
	await submitNotebook(client, { ...submission, content: null, session: null }, makeOptions().options);
	assert.deepEqual(
		['content', 'session'].map((name) => name in calls[0]!.body),
		[false, false],
	);
});

test('what was seen is said, as much of it as the server takes: the newest', async () => {
	const seen = Array.from({ length: mostWarningsSeen + 1 }, (_, index) => finding('warning', `${index}`));
	const { client, calls } = makeClient({});
	await submitNotebook(client, submission, makeOptions(seen).options);
	assert.deepEqual(calls[1]!.body.warningsSeen, seen.slice(1).map(findingKey));
});

test('a refusal without findings is an error like any other', async () => {
	const { client } = makeClient({ submitJob: [new NightlogError('job/check-failed', 'x', { status: 422 })] });
	await assert.rejects(submitNotebook(client, submission, makeOptions().options), { code: 'job/check-failed' });
});

test('after lost answers the same key is sent again, with longer and longer waits', async () => {
	const lost = new NightlogError('api/unreachable', 'x', { retryable: true });
	const { client, calls } = makeClient({ submitJob: [lost, lost, { id: 'job' }] });
	const { options, waits } = makeOptions();
	const result = await submitNotebook(client, submission, options);
	assert.equal(result.kind, 'submitted');
	assert.deepEqual(
		calls.slice(1).map(({ key }) => key),
		['key 1', 'key 1', 'key 1'],
	);
	assert.deepEqual(waits, [500, 2000]);
});

test('it gives up after the fourth lost answer', async () => {
	const lost = new NightlogError('api/unreachable', 'x', { retryable: true });
	const { client, ids } = makeClient({ submitJob: [lost, lost, lost, lost] });
	await assert.rejects(submitNotebook(client, submission, makeOptions().options), { code: 'api/unreachable' });
	assert.equal(ids().filter((id) => id === 'submitJob').length, 4);
});

test('what will not get better is not sent again', async () => {
	const { client, ids } = makeClient({ submitJob: [new NightlogError('job/key-used', 'x', { status: 409 })] });
	await assert.rejects(submitNotebook(client, submission, makeOptions().options), { code: 'job/key-used' });
	assert.equal(ids().filter((id) => id === 'submitJob').length, 1);
});

test('what the server refuses is held back, with all that it found', async () => {
	const findings = [finding('error', 'the slot is gone'), finding('warning'), finding('information')];
	const { client, ids } = makeClient({ submitJob: [new NightlogError('job/check-failed', 'x', { status: 422, data: { findings } })] });
	const result = await submitNotebook(client, submission, makeOptions().options);
	assert.deepEqual(result, { kind: 'held-back', version: { id: version }, findings });
	assert.deepEqual(ids(), ['keepVersion', 'submitJob']);
});

test('the same body has the same key until its job was answered, another body another', () => {
	let count = 0;
	const keys = new SubmissionKeys(() => `key ${++count}`);
	const first = keys.keyFor('a');
	assert.equal(keys.keyFor('a'), first);
	assert.notEqual(keys.keyFor('b'), first);
	const again = keys.keyFor('a');
	keys.answered();
	assert.notEqual(keys.keyFor('a'), again);
});
