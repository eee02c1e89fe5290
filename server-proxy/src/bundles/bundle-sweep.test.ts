import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { FakeHost } from '../lifecycle/fake-host.test-case.ts';
import { type BundleFile, BundleStore, keptMs } from './bundle-store.ts';
import { startSweeping } from './start-sweeping.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const file = (name: string): BundleFile => ({ path: name, mode: '100644', sha256: sha256(name) });
const signal = new AbortController().signal;
async function* pieces(text: string) {
	yield Buffer.from(text);
}

let folder: string;
let host: FakeHost;
let store: BundleStore;
beforeEach(() => {
	folder = mkdtempSync(path.join(tmpdir(), 'nl-sweep-'));
	host = new FakeHost();
	store = new BundleStore(folder, () => host.now());
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (...texts: string[]) => Promise.all(texts.map((text) => store.putBlob(sha256(text), pieces(text), signal)));
const post = (...names: string[]) => store.describe(names.map(file));
/** Names of the files that are there: of a blob what it holds. */
const here = (...texts: string[]) =>
	readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map(({ name }) => texts.find((text) => sha256(text) === name) ?? name)
		.sort();
const hourMs = 3_600_000;

test('what nobody used for a day is gone, and reported missing by the next post', async () => {
	await put('a', 'b');
	assert.deepEqual((await post('a', 'b')).missing, []);
	host.advance(keptMs - 1);
	await store.sweep(signal);
	assert.equal(here().length, 3);
	host.advance(1);
	await store.sweep(signal);
	assert.deepEqual(here(), []);
	const { id, missing } = await post('a', 'b');
	assert.deepEqual(missing, [sha256('a'), sha256('b')]);
	assert.deepEqual(here(), [`${id}.json`]);
});

test('a post of the manifest, and putting it again, keep a blob for another day', async () => {
	await put('posted', 'put', 'left');
	const { id } = await post('posted');
	host.advance(23 * hourMs);
	await post('posted');
	await put('put');
	host.advance(23 * hourMs);
	await store.sweep(signal);
	assert.deepEqual(here('posted', 'put', 'left'), [`${id}.json`, 'posted', 'put'].sort());
});

test('the time of the last use outlives the server', async () => {
	await put('a');
	host.advance(keptMs);
	await new BundleStore(folder, () => host.now()).sweep(signal);
	assert.deepEqual(here(), []);
});

test('a use between the look and the removal counts: the blob is put back', async () => {
	await put('a');
	host.advance(keptMs);
	// What the clock is asked for the first time is how old the blob is; at the next moment another server's client posts its manifest.
	let asked = 0;
	const late = new BundleStore(folder, () => {
		asked += 1;
		if (asked === 1) utimesSync(store.blobFile(sha256('a')), host.now(), host.now());
		return asked === 1 ? new Date(host.now().getTime() + keptMs) : host.now();
	});
	await late.sweep(signal);
	assert.ok(asked > 1);
	assert.deepEqual(here('a'), ['a']);
});

test('posts and sweeps at once: what a post says is there is there', async () => {
	const names = Array.from({ length: 200 }, (_, index) => `file ${index}`);
	await put(...names);
	host.advance(keptMs);
	const [{ missing }] = await Promise.all([post(...names), store.sweep(signal), store.sweep(signal)]);
	await store.sweep(signal);
	const left = new Set(here());
	for (const { sha256: blob } of names.map(file)) assert.ok(left.has(blob) || missing.includes(blob));
});

test('what a kill left of an upload or of a sweep is cleared', async () => {
	await put('a');
	const blob = store.blobFile(sha256('a'));
	const upload = path.join(path.dirname(blob), `.${sha256('a')}.0123456789ab.new`);
	writeFileSync(upload, 'half');
	utimesSync(upload, host.now(), host.now());
	renameSync(blob, path.join(path.dirname(blob), `.${sha256('a')}.0123456789ab.old`));
	host.advance(keptMs - 1);
	await store.sweep(signal);
	assert.equal(here().length, 2, 'an upload may be under way');
	host.advance(1);
	await store.sweep(signal);
	assert.deepEqual(here(), []);
});

test('a clock that was set back does not keep a blob for ever, and none is lost by it', async () => {
	host.wallMs += 365 * 24 * hourMs;
	await put('a');
	host.wallMs -= 365 * 24 * hourMs;
	await store.sweep(signal);
	assert.equal(statSync(store.blobFile(sha256('a'))).mtimeMs, host.wallMs);
	host.advance(keptMs);
	await store.sweep(signal);
	assert.deepEqual(here(), []);
});

test('a server sweeps soon after it began and every hour, one sweep at a time, until it ends', async () => {
	let begun = 0;
	let end: () => void = () => undefined;
	const errors: unknown[] = [];
	const sweeping = startSweeping(
		{
			async sweep() {
				begun += 1;
				await new Promise<void>((resolve) => {
					end = resolve;
				});
				if (begun === 1) throw new Error('the disk is away');
			},
		},
		{ startTimer: (delayMs, run) => host.startTimer(delayMs, run), onError: (error) => errors.push(error) },
	);
	const turn = () => new Promise((resolve) => setImmediate(resolve));
	assert.equal(begun, 0);
	host.advance(60_000);
	host.advance(5 * hourMs);
	assert.equal(begun, 1);
	end();
	await turn();
	assert.equal(errors.length, 1);
	host.advance(hourMs);
	assert.equal(begun, 2);
	const disposed = sweeping.dispose();
	end();
	await disposed;
	assert.equal(host.timerCount, 0);
});
