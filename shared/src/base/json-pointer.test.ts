import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonPointer } from './json-pointer.ts';

test('segments are joined and escaped', () => {
	assert.equal(jsonPointer([]), '');
	assert.equal(jsonPointer(['cells', 0, 'a/b', 'c~d', '']), '/cells/0/a~1b/c~0d/');
});
