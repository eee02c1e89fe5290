import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { JobId, NotebookId, PersonId } from '../base/ids.ts';
import { decodeLabel, encodeLabel, labelRef, parseRef, personIdOf, resultRef, versionsRef } from './ref-names.ts';
import { isRefName } from './repository-ref-names.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const person = '0123456789ab' as PersonId;
const notebook = '01jf8qz3k4m5n6p7q8r9s0t1v2' as NotebookId;
const job = '01jf8qz3k4m5n6p7q8r9s0t1v3' as JobId;

test('a person is known by the e-mail of Git, whatever its case', () => {
	const facts = { userName: 'vera', machineId: 'm' };
	const id = personIdOf({ ...facts, gitEmail: 'Vera@Example.org' }, sha256);
	assert.equal(id, sha256(new TextEncoder().encode('vera@example.org')).slice(0, 12));
	assert.equal(personIdOf({ ...facts, gitEmail: ' vera@example.ORG\n' }, sha256), id);
});

test('a person without an e-mail is known by user and machine', () => {
	const id = sha256(new TextEncoder().encode('vera@m')).slice(0, 12);
	for (const gitEmail of [null, '', '  ']) assert.equal(personIdOf({ gitEmail, userName: 'vera', machineId: 'm' }, sha256), id);
});

test('refs are read back', () => {
	assert.deepEqual(parseRef(versionsRef(person, notebook)), { person, notebook, kind: 'versions' });
	assert.deepEqual(parseRef(resultRef(person, notebook, job)), { person, notebook, kind: 'result', job });
	assert.deepEqual(parseRef(labelRef(person, notebook, 'a/b')), { person, notebook, kind: 'label', label: 'a/b' });
});

for (const ref of [
	'refs/heads/main',
	`refs/nightlog/${person}/${notebook}`,
	`refs/nightlog/${person}/${notebook}/other`,
	`refs/nightlog/${person}/${notebook}/versions/x`,
	`refs/nightlog/${person}/${notebook}/labels/`,
	`refs/nightlog/${person}/${notebook}/labels/%`,
	`refs/nightlog/${person}/${notebook}/labels/%ff`,
	`refs/nightlog/${person}/${notebook}/labels/a/b`,
	`refs/nightlog/${person}/${notebook}/results/x`,
	`refs/nightlog/Person/${notebook}/versions`,
]) {
	test(`${ref} is none of ours`, () => assert.equal(parseRef(ref), null));
}

const labels = [
	'first look',
	'First look',
	'..',
	'.',
	'.hidden',
	'a.lock',
	'a.lock/b',
	'@{1}',
	'@',
	'-rf',
	'a/b',
	'a//b',
	'/',
	'~^:?*[\\',
	'%41',
	'+',
	'a+',
	'new\nline',
	'tab\t',
	'\u0001\u007f',
	'"quotes" and $(touch x)',
	'Größe',
	'🌙'.repeat(100),
	'x'.repeat(200),
	'X'.repeat(200),
	'é'.normalize('NFC'),
	'é'.normalize('NFD'),
];

for (const label of labels) {
	test(`the label ${JSON.stringify(label.slice(0, 40))} makes a ref that Git and file systems take, and comes back`, () => {
		const encoded = encodeLabel(label);
		assert.equal(decodeLabel(encoded), label);
		assert.ok(isRefName(labelRef(person, notebook, label)));
		for (const part of encoded.split('/')) assert.ok(part.length <= 201 && part.length > 0);
		assert.match(encoded, /^[a-z0-9_%A-F+/-]+$/);
	});
}

test('no label is the folder of another, nor the same where case does not count', () => {
	const all = [...labels, 'x'.repeat(199), 'x'.repeat(201), 'x'.repeat(400)].map((label) => encodeLabel(label).toLowerCase());
	assert.equal(new Set(all).size, all.length);
	for (const one of all) assert.ok(!all.some((other) => other.startsWith(`${one}/`)), one);
});
