import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideSuccession, type Succession, type Successor } from './decide-succession.ts';
import type { VersionDocument } from './version-document.ts';

const start = Date.parse('2026-03-01T20:00:00.000Z');
const tip = {
	reason: 'save',
	label: null,
	parameters: {},
	firstSavedAt: new Date(start).toISOString(),
	execution: { order: [], digest: 'a' },
} as unknown as VersionDocument;
const next: Successor = { reason: 'save', label: null, parameters: {}, executionDigest: 'a', nowMs: start + 60_000 };

function check(
	name: string,
	expected: Succession,
	changes: { tip?: Partial<VersionDocument>; next?: Partial<Successor>; sameContent?: boolean; mayReplace?: boolean } = {},
): void {
	test(`the next version: ${name}`, () => {
		const succession = decideSuccession(
			{ ...tip, ...changes.tip },
			{ ...next, ...changes.next },
			changes.sameContent ?? false,
			changes.mayReplace ?? true,
		);
		assert.equal(succession, expected);
	});
}

check('a save a minute later', 'replace');
check('a save in the last of five minutes', 'replace', { next: { nowMs: start + 299_999 } });
check('a save five minutes later', 'append', { next: { nowMs: start + 300_000 } });
check('a save before the other by the clock', 'append', { next: { nowMs: start - 1 } });
check('a save at a time that cannot be read', 'append', { tip: { firstSavedAt: 'yesterday' } });
check('a save after a cell ran', 'append', { next: { executionDigest: 'b' } });
check('a save where it is not known whether a cell ran', 'append', { next: { executionDigest: null } });
check('a save after the id was given away', 'append', { mayReplace: false });
check('the same content', 'same', { sameContent: true });
check('the same content much later', 'same', { sameContent: true, next: { nowMs: start + 1e9 } });
check('the same content as was submitted', 'same', { sameContent: true, tip: { reason: 'submit' } });
check('Save was pressed', 'append', { next: { reason: 'keep' } });
check('Save was pressed with the same content', 'same', { sameContent: true, next: { reason: 'keep' } });
check('a save after Save was pressed', 'append', { tip: { reason: 'keep' } });
check('a save after a submit', 'append', { tip: { reason: 'submit' } });
check('a save after a name', 'append', { tip: { reason: 'label' } });
check('a submit of what was saved', 'append', { sameContent: true, next: { reason: 'submit' } });
check('the same submit', 'same', { sameContent: true, tip: { reason: 'submit' }, next: { reason: 'submit' } });
check('a submit with other parameters', 'append', { sameContent: true, tip: { reason: 'submit' }, next: { reason: 'submit', parameters: { x: 1 } } });
check('a submit with parameters in another order', 'same', {
	sameContent: true,
	tip: { reason: 'submit', parameters: { x: 1, y: { a: [1], b: null } } },
	next: { reason: 'submit', parameters: { y: { b: null, a: [1] }, x: 1 } },
});
check('a submit with a list for an object', 'append', {
	sameContent: true,
	tip: { reason: 'submit', parameters: { x: [] } },
	next: { reason: 'submit', parameters: { x: {} } },
});
check('the same name', 'same', { sameContent: true, tip: { reason: 'label', label: 'a' }, next: { reason: 'label', label: 'a' } });
check('another name', 'append', { sameContent: true, tip: { reason: 'label', label: 'a' }, next: { reason: 'label', label: 'b' } });
