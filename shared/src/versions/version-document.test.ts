import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftOutOf, parseVersionDocument, reasonOf, serialiseVersionDocument, type VersionDocument, versionMessage } from './version-document.ts';

const document: VersionDocument = {
	format: 1,
	notebook: { id: '01jf8qz3k4m5n6p7q8r9s0t1v2', path: 'a/night.ipynb', form: 'cut', sizeBytes: 10, valid: true },
	project: null,
	worktree: null,
	number: 3,
	reason: 'submit',
	label: null,
	createdAt: '2026-03-01T20:00:00.000Z',
	firstSavedAt: '2026-03-01T20:00:00.000Z',
	replaces: [],
	parameters: { x: [1, { y: null }] },
	environment: null,
	editor: 'jupyterlab',
	kernel: { name: 'python3', session: null },
	execution: { order: [{ cell: 'a', count: 1 }], digest: 'd' },
	branchCommit: null,
	files: [{ path: 'a/night.ipynb', sizeBytes: 10 }],
	leftOut: [{ path: 'x', sizeBytes: null, reason: 'hidden' }],
	leftOutUnnamed: 0,
	job: null,
	fullFormOf: null,
};
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

test('a document is read back', () => assert.deepEqual(parseVersionDocument(serialiseVersionDocument(document)), document));

test('fields that are not known are kept', () => {
	const newer = { ...document, mood: 'good', notebook: { ...document.notebook, colour: 'blue' } };
	assert.deepEqual(parseVersionDocument(bytes(newer)), newer);
});

for (const [name, value] of Object.entries({
	'a newer format': { ...document, format: 2 },
	'no notebook': { ...document, notebook: undefined },
	'a number of nothing': { ...document, number: 0 },
	'a list': [],
	null: null,
})) {
	test(`no document is read from ${name}`, () => assert.equal(parseVersionDocument(bytes(value)), null));
}

test('no document is read from what is no JSON or no UTF-8', () => {
	assert.equal(parseVersionDocument(new TextEncoder().encode('{')), null);
	assert.equal(parseVersionDocument(Uint8Array.of(0xff)), null);
});

test('words that a newer Nightlog wrote are shown as what is known', () => {
	const newer = { ...document, reason: 'published', leftOut: [{ path: 'x', sizeBytes: 1, reason: 'too-red' }] };
	assert.equal(reasonOf(newer), 'save');
	assert.deepEqual(leftOutOf(newer), [{ path: 'x', sizeBytes: 1, reason: 'unreadable' }]);
});

/** @param first the message's first line */
function message(name: string, changes: Partial<VersionDocument>, first: string): void {
	test(`the message of a version: ${name}`, () => {
		const lines = versionMessage({ ...document, ...changes }).split('\n');
		assert.equal(lines[0], first);
		assert.equal(lines[1], '');
		assert.deepEqual(
			lines.slice(2, 4).map((line) => line.split(':')[0]),
			['Nightlog-Notebook', 'Nightlog-Reason'],
		);
		assert.ok(lines.every((line) => line.length < 250));
	});
}

const named = (path: string) => ({ notebook: { ...document.notebook, path } });
message('of a submit', {}, 'Submit night.ipynb');
message('of a name', { reason: 'label', label: 'first "look"' }, 'Name night.ipynb as first "look"');
message('of a result', { reason: 'result', job: '01jf8qz3k4m5n6p7q8r9s0t1v2' }, 'Result of night.ipynb');
message('of a name with line ends', named('a\nNightlog-Reason: x\u2028b.ipynb'), 'Submit a\\nNightlog-Reason: x b.ipynb');
message('of a long name', named(`${'x'.repeat(300)}.ipynb`), `Submit ${'x'.repeat(99)}…`);
message('of a label with NUL', { reason: 'label', label: 'a\0b' }, 'Name night.ipynb as a\\u0000b');
