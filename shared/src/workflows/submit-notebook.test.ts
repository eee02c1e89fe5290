import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '../api/client.ts';
import { NightlogError } from '../base/nightlog-error.ts';
import type { Finding } from '../jobs/finding.ts';
import { findingKey, SubmissionKeys, type SubmissionOptions, submitNotebook } from './submit-notebook.ts';

const version = 'a'.repeat(40);
const submission = { notebook: '/night/a.ipynb', content: '{}', editor: 'test 1', choices: { parameters: { alpha: 1 }, cells: 'all' as const } };
const finding = (severity: Finding['severity'], message = 'x'): Finding => ({ code: 'job/x', severity, message, cell: null, path: null });

interface Call {
	readonly id: string;
	readonly body: Record<string, unknown>;
	readonly key: string | undefined;
}

/** A server that answers each operation with what is left in its list; an error in the list is thrown. */
function makeClient(answers: { checkJob?: Finding[]; submitJob?: unknown[] }) {
	const calls: Call[] = [];
	const posts = [...(answers.submitJob ?? [{ id: 'job' }])];
	const client = {
		call: async (id: string, input: { body: Record<string, unknown>; headers?: Record<string, string> }) => {
			calls.push({ id, body: input.body, key: input.headers?.['idempotency-key'] });
			if (id === 'keepVersion') return { id: version };
			if (id === 'checkJob') return { findings: answers.checkJob ?? [] };
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

test('the document is kept, checked and submitted as that very version', async () => {
	const { client, calls, ids } = makeClient({});
	const result = await submitNotebook(client, submission, makeOptions().options);
	assert.equal(result.kind, 'submitted');
	assert.deepEqual(ids(), ['keepVersion', 'checkJob', 'submitJob']);
	assert.deepEqual(calls[0]!.body, { notebook: '/night/a.ipynb', reason: 'submit', editor: 'test 1', content: '{}', parameters: { alpha: 1 } });
	assert.deepEqual(calls[2]!.body, { notebook: '/night/a.ipynb', version, parameters: { alpha: 1 }, cells: 'all' });
	assert.deepEqual(calls[1]!.body, calls[2]!.body);
});

test('a document that is on disk as it stands is not sent', async () => {
	const { client, calls } = makeClient({});
	await submitNotebook(client, { ...submission, content: null }, makeOptions().options);
	assert.equal('content' in calls[0]!.body, false);
});

for (const [name, findings, seen, kind] of [
	['an error holds it back', [finding('error')], [], 'held-back'],
	['an error holds it back, however often it was seen', [finding('error')], [finding('error')], 'held-back'],
	['a warning holds it back until it was seen', [finding('warning')], [], 'held-back'],
	['a warning that was seen does not', [finding('warning')], [finding('warning')], 'submitted'],
	['another warning than the one that was seen does', [finding('warning', 'y')], [finding('warning', 'x')], 'held-back'],
	['information does not', [finding('information')], [], 'submitted'],
] as const) {
	test(name, async () => {
		const { client, ids } = makeClient({ checkJob: [...findings] });
		const result = await submitNotebook(client, submission, makeOptions(seen).options);
		assert.equal(result.kind, kind);
		assert.equal(ids().includes('submitJob'), kind === 'submitted');
	});
}

test('after lost answers the same key is sent again, with longer and longer waits', async () => {
	const lost = new NightlogError('api/unreachable', 'x', { retryable: true });
	const { client, calls } = makeClient({ submitJob: [lost, lost, { id: 'job' }] });
	const { options, waits } = makeOptions();
	const result = await submitNotebook(client, submission, options);
	assert.equal(result.kind, 'submitted');
	assert.deepEqual(
		calls.slice(2).map(({ key }) => key),
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

test('what the server finds at the last moment is a finding, too', async () => {
	const findings = [finding('error', 'the slot is gone')];
	const { client } = makeClient({ submitJob: [new NightlogError('job/check-failed', 'x', { status: 422, data: { findings } })] });
	const result = await submitNotebook(client, submission, makeOptions().options);
	assert.deepEqual([result.kind, result.findings], ['held-back', findings]);
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
