// Notebooks that are large, broken or none: what was saved is kept to the byte, and what cannot be run is refused in words.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Finding } from '@nightlog/shared/base/finding';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { Receipt } from '@nightlog/shared/jobs/runner-protocol';
import type { Version } from '@nightlog/shared/versions/version-schema';
import { idOfPlace, ranByReceipt, readRanCells } from '@nightlog/shared/workflows/read-ran-cells';
import { makeNotebook } from '../bench/notebooks.ts';
import { startServer, type TestServer } from '../support/start-server.ts';
import { untilEnded } from './until-ended.ts';

const counted = { kept: 0, lost: 0, doubled: 0, stuck: 0 };
let server: TestServer;
let project: string;
before(async () => {
	server = await startServer();
	project = path.join(server.home, 'project');
	mkdirSync(project);
});
after(async () => {
	await server?.dispose();
	process.stdout.write(`odd notebooks, ${counted.kept} versions: lost: ${counted.lost}, doubled: ${counted.doubled}, stuck: ${counted.stuck}\n`);
	assert.deepEqual([counted.lost, counted.doubled, counted.stuck], [0, 0, 0]);
});

interface Problem {
	readonly type: string;
	readonly title: string;
	readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const queryOf = (notebook: string) => `notebook=${encodeURIComponent(notebook)}`;

async function keep(notebook: string, reason: string): Promise<Version> {
	const { status, body } = await server.post<Version>('/v1/versions', { notebook, reason });
	assert.ok(status === 200 || status === 201, JSON.stringify(body));
	return body;
}

async function assertKept(notebook: string, version: string, bytes: Uint8Array): Promise<void> {
	const answer = await server.call(`/v1/versions/${version}/notebook?${queryOf(notebook)}`);
	counted.kept += 1;
	if (!answer.bytes.equals(bytes)) counted.lost += 1;
	assert.equal(answer.status, 200);
	assert.equal(answer.bytes.length, bytes.length);
	assert.equal(sha256(answer.bytes), sha256(bytes));
}

test('a notebook of 50 MB: kept, listed, read back, run, and restored to the byte', async () => {
	const notebook = path.join(project, 'large.ipynb');
	const cells = Array.from({ length: 50 }, (_, index) => ({ source: `x = ${index}`, imageCharacters: 1_000_000, seed: index }));
	const text = makeNotebook([{ source: "print('ran')" }, ...cells]);
	const bytes = Buffer.from(text);
	assert.ok(bytes.length >= 50_000_000, `${bytes.length} bytes`);
	writeFileSync(notebook, bytes);
	const version = (await keep(notebook, 'submit')).id;
	await assertKept(notebook, version, bytes);
	const listed = (await server.call(`/v1/versions?${queryOf(notebook)}`)).json<{ versions: Version[] }>().versions;
	assert.deepEqual(
		listed.map(({ id, reason }) => [id, reason]),
		[[version, 'submit']],
	);

	const posted = await server.post<Job>('/v1/jobs', { notebook, version }, { 'idempotency-key': 'of-the-large-one' });
	assert.equal(posted.status, 202, JSON.stringify(posted.body));
	const ended = await untilEnded(server, posted.body.id);
	if (ended === null) counted.stuck += 1;
	assert.equal(ended?.state, 'succeeded', JSON.stringify(ended));
	const result = (await server.call(`/v1/jobs/${posted.body.id}/result`)).json<{ cells: { outputs: { text?: string | string[] }[] }[] }>();
	assert.equal(result.cells.length, 51);
	assert.equal([result.cells[0]!.outputs[0]?.text].flat().join(''), 'ran\n');

	const changed = Buffer.from(text.replace('x = 25', 'x = 2500'));
	writeFileSync(notebook, changed);
	const restored = await server.post<{ restored: Version; before: Version | null }>(`/v1/versions/${version}/restore?${queryOf(notebook)}`, {});
	assert.equal(restored.status, 200, JSON.stringify(restored.body));
	assert.equal(sha256(readFileSync(notebook)), sha256(bytes), 'what is on disk is what was kept');
	assert.ok(restored.body.before, 'what was there before was kept');
	await assertKept(notebook, restored.body.before.id, changed);
});

const good = makeNotebook([{ source: 'x = 1' }, { source: 'y = 2' }]);
const latin1 = Buffer.from(good.replace('x = 1', "x = 'é'"), 'latin1');
const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(good, 'utf16le')]);

/** What lies on disk, and whether a job may run it. */
const odd: readonly (readonly [string, Uint8Array, 'refused' | 'runs'])[] = [
	['nothing at all', Buffer.alloc(0), 'refused'],
	['a blank line', Buffer.from('\n'), 'refused'],
	['Latin-1', latin1, 'refused'],
	['UTF-16', utf16, 'refused'],
	['zeros', Buffer.alloc(4096), 'refused'],
	['a notebook cut in half', Buffer.from(good.slice(0, good.length / 2)), 'refused'],
	['a notebook without its last brace', Buffer.from(good.trimEnd().slice(0, -1)), 'refused'],
	['a notebook and more behind it', Buffer.from(`${good}{}`), 'refused'],
	['an empty object', Buffer.from('{}'), 'refused'],
	['a list', Buffer.from('[]'), 'refused'],
	['a number', Buffer.from('42'), 'refused'],
	['another kind of JSON', Buffer.from('{"cells": 7, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}'), 'refused'],
	['cells of an unknown kind', Buffer.from(good.replaceAll('"code"', '"poem"')), 'refused'],
	['a web page', Buffer.from('<!DOCTYPE html><title>Log in</title>'), 'refused'],
	['conflict marks', Buffer.from(`<<<<<<< HEAD\n${good}=======\n${good}>>>>>>> other\n`), 'refused'],
	['a format of the past', Buffer.from('{"worksheets": [{"cells": []}], "nbformat": 3, "nbformat_minor": 0, "metadata": {}}'), 'refused'],
	['a nesting without end', Buffer.from('['.repeat(100_000)), 'refused'],
	['a byte order mark', Buffer.from(`\ufeff${good}`), 'runs'],
	['CRLF', Buffer.from(good.replaceAll('\n', '\r\n')), 'runs'],
	['one line', Buffer.from(JSON.stringify(JSON.parse(good))), 'runs'],
	['no newline at its end', Buffer.from(good.trimEnd()), 'runs'],
	['escapes and half a surrogate', Buffer.from(good.replace('x = 1', "x = '\\u00e9\\ud800\\u0000'")), 'runs'],
	['unknown metadata', Buffer.from(good.replace('"metadata": {}', '"metadata": {"someone": {"else": [1, {"deep": null}]}}')), 'runs'],
];

describe('a file that is an odd notebook, or none', () => {
	for (const [name, bytes, fate] of odd) {
		test(`${name}: what was saved is kept; a job ${fate === 'runs' ? 'may run it' : 'is refused, with why'}`, async () => {
			const notebook = path.join(project, `${name.replaceAll(' ', '-')}.ipynb`);
			writeFileSync(notebook, bytes);
			const saved = await keep(notebook, 'save');
			await assertKept(notebook, saved.id, bytes);
			const files = readdirSync(project).sort();
			const answer = await server.post<Version | Problem>('/v1/versions', { notebook, reason: 'submit' });
			if (fate === 'runs') assert.ok(answer.status === 200 || answer.status === 201, JSON.stringify(answer.body));
			else {
				const problem = answer.body as Problem;
				assert.equal(answer.status, 422, JSON.stringify(problem));
				assert.match(problem.type, /notebook\/invalid$/);
				assert.ok(problem.title.length > 20 && (problem.errors ?? []).length > 0, JSON.stringify(problem));
				const posted = await server.post<Problem>(
					'/v1/jobs',
					{ notebook, version: saved.id },
					{ 'idempotency-key': `of-odd-${name}`.replaceAll(' ', '-') },
				);
				assert.equal(posted.status, 422, JSON.stringify(posted.body));
				assert.match(posted.body.type, /job\/check-failed$/);
			}
			assert.ok(readFileSync(notebook).equals(bytes), 'the file is as it was');
			assert.deepEqual(readdirSync(project).sort(), files, 'and nothing lies beside it');
			writeFileSync(notebook, good);
			const restored = await server.post(`/v1/versions/${saved.id}/restore?${queryOf(notebook)}`, {});
			assert.equal(restored.status, 200, JSON.stringify(restored.body));
			assert.ok(readFileSync(notebook).equals(bytes), 'it is restored to the byte');
		});
	}

	/** The one thing that is said of it. */
	async function onlyWarning(notebook: string, version: string, code: string): Promise<Finding> {
		const { findings } = (await server.post<{ findings: Finding[] }>('/v1/jobs/check', { notebook, version })).body;
		assert.deepEqual(
			findings.map(({ code: found, severity, path: where }) => [found, severity, where]),
			[[code, 'warning', '/version']],
		);
		return findings[0]!;
	}

	test('ids that come twice: kept as they are, and each output comes to its own cell', async () => {
		const notebook = path.join(project, 'twice.ipynb');
		const bytes = Buffer.from(makeNotebook([{ source: "print('first')" }, { source: "print('second')" }]).replace('cell-1', 'cell-0'));
		writeFileSync(notebook, bytes);
		const version = (await keep(notebook, 'submit')).id;
		await assertKept(notebook, version, bytes);
		const finding = await onlyWarning(notebook, version, 'notebook/duplicate-id');
		assert.match(finding.message, /Cell 2 has the id of a cell above it \("cell-0"\)/);
		assert.match(finding.cell ?? '', /^i1-[0-9a-f]{8}$/);
		const second = finding.cell ?? '';
		for (const [cells, outputs, ran] of [
			['all', [['first\n'], ['second\n']], ['cell-0', idOfPlace(1)]],
			[['cell-0'], [['first\n'], []], ['cell-0']],
			[[second], [[], ['second\n']], [idOfPlace(1)]],
		] as const) {
			const posted = await server.post<Job>('/v1/jobs', { notebook, version, cells }, { 'idempotency-key': `twice-${cells}` });
			assert.equal(posted.status, 202, JSON.stringify(posted.body));
			assert.equal((await untilEnded(server, posted.body.id))?.state, 'succeeded');
			const result = (await server.call(`/v1/jobs/${posted.body.id}/result`)).bytes.toString();
			const executed = JSON.parse(result) as { cells: { outputs: { text: string | string[] }[] }[] };
			assert.deepEqual(
				executed.cells.map(({ outputs: found }) => found.map(({ text }) => [text].flat().join(''))),
				outputs,
			);
			const receipt = (await server.call(`/v1/jobs/${posted.body.id}/receipt`)).json<Receipt>();
			assert.deepEqual(
				receipt.cells.map(({ id }) => id),
				cells === 'all' ? ['cell-0', second] : cells,
			);
			assert.deepEqual(
				readRanCells(result, ranByReceipt(receipt)).map(({ id }) => id),
				ran,
			);
		}
	});

	test('a cell without an id: kept as it is, and its output comes to it, also where it runs alone', async () => {
		const notebook = path.join(project, 'nameless.ipynb');
		const text = makeNotebook([{ source: "print('first')" }, { source: "print('second')" }]);
		const bytes = Buffer.from(text.replace(/ *"id": "cell-1",\n/, ''));
		assert.ok(bytes.length < text.length);
		writeFileSync(notebook, bytes);
		const version = (await keep(notebook, 'submit')).id;
		await assertKept(notebook, version, bytes);
		const finding = await onlyWarning(notebook, version, 'notebook/missing-id');
		const cell = finding.cell ?? '';
		assert.match(cell, /^i1-[0-9a-f]{8}$/);
		for (const [cells, outputs] of [
			['all', [['first\n'], ['second\n']]],
			[[cell], [[], ['second\n']]],
		] as const) {
			const posted = await server.post<Job>('/v1/jobs', { notebook, version, cells }, { 'idempotency-key': `nameless-${cells.length}` });
			assert.equal(posted.status, 202, JSON.stringify(posted.body));
			assert.equal((await untilEnded(server, posted.body.id))?.state, 'succeeded');
			const result = (await server.call(`/v1/jobs/${posted.body.id}/result`)).bytes.toString();
			const executed = JSON.parse(result) as { cells: { id?: string; outputs: { text: string | string[] }[] }[] };
			assert.deepEqual(
				executed.cells.map(({ id, outputs: found }) => [id, found.map(({ text: lines }) => [lines].flat().join(''))]),
				outputs.map((found, index) => [index === 0 ? 'cell-0' : undefined, found]),
			);
			const receipt = (await server.call(`/v1/jobs/${posted.body.id}/receipt`)).json<Receipt>();
			assert.deepEqual(
				readRanCells(result, ranByReceipt(receipt)).map(({ id }) => id),
				[...(cells === 'all' ? ['cell-0'] : []), idOfPlace(1)],
			);
		}
		assert.ok(readFileSync(notebook).equals(bytes), 'the file is as it was');
	});

	test('what was refused left no job', async () => {
		const jobs = (await server.call('/v1/jobs?limit=500')).json<{ jobs: Job[] }>().jobs;
		assert.deepEqual(
			jobs.map(({ notebook }) => notebook),
			['nameless.ipynb', 'nameless.ipynb', 'twice.ipynb', 'twice.ipynb', 'twice.ipynb', 'large.ipynb'],
		);
	});
});
