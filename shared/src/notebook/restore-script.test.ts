import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cutOutputs } from './cut-outputs.ts';
import { outputPlaceholder } from './output-placeholder.ts';
import { restoreScript } from './restore-script.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
let folder = '';
let script = '';

before(() => {
	folder = mkdtempSync(join(tmpdir(), 'nightlog-restore-'));
	mkdirSync(join(folder, '.nightlog', 'outputs'), { recursive: true });
	script = join(folder, '.nightlog', 'restore.py');
	writeFileSync(script, restoreScript);
});
after(() => rmSync(folder, { recursive: true }));

function run(...parameters: string[]) {
	return spawnSync('python3', [script, ...parameters], { encoding: 'utf8' });
}

const output = (text: string) => `"${text.repeat(5000)}"`;
const trap = `"x = \\"nightlog:output:${sha256(new TextEncoder().encode(output('a')))}"`;
const whole = `\uFEFF{"cells": [\r\n{"source": ${trap},\t"outputs": [{"data": {"image/png": ${output('a')}, "text/plain": ["é☃", ${output('☃\\n')}]}}]}]}`;
const cut = cutOutputs(whole, { sha256 });

function writeVersion(name: string, payloads = cut.payloads): string {
	const notebook = join(folder, name);
	writeFileSync(notebook, cut.text, { mode: 0o640 });
	for (const payload of payloads) writeFileSync(join(folder, '.nightlog', 'outputs', payload.sha256), payload.bytes());
	return notebook;
}

test('it is small enough to read', () => assert.ok(restoreScript.split('\n').length - 1 < 40));

test('it completes the notebook, byte for byte', () => {
	const notebook = writeVersion('in place.ipynb');
	const { status, stderr } = run(notebook);
	assert.deepEqual([status, stderr], [0, '']);
	assert.equal(readFileSync(notebook, 'utf8'), whole);
	assert.equal(statSync(notebook).mode & 0o777, 0o640);
});

test('it writes another file, and leaves the notebook', () => {
	const notebook = writeVersion('kept.ipynb');
	assert.equal(run(notebook, join(folder, 'other.ipynb')).status, 0);
	assert.equal(readFileSync(notebook, 'utf8'), cut.text);
	assert.equal(readFileSync(join(folder, 'other.ipynb'), 'utf8'), whole);
});

test('it writes nothing where an output is missing or damaged', () => {
	const notebook = writeVersion('damaged.ipynb');
	const place = join(folder, '.nightlog', 'outputs', cut.payloads[0]!.sha256);
	writeFileSync(place, 'something else');
	assert.match(run(notebook).stderr, /Nothing was written: output .* is damaged/);
	rmSync(place);
	const { status, stderr } = run(notebook);
	assert.equal(status, 1);
	assert.match(stderr, /Nothing was written: .*No such file/);
	assert.equal(readFileSync(notebook, 'utf8'), cut.text);
	assert.ok(!readdirSync(folder).some((name) => name.endsWith('.part')));
	writeFileSync(notebook, outputPlaceholder(`${'../'.repeat(21)}a`));
	assert.equal(run(notebook).status, 0);
});

test('it says how it is used', () => assert.match(run().stderr, /Usage/));
