import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { errorText } from './error-text.ts';

for (const [data, expected] of [
	[{}, 'The disk is full.'],
	[{ requestId: null }, 'The disk is full.'],
	[{ requestId: 'req-7' }, 'The disk is full. (req-7)'],
] as const) {
	test(`an error with ${JSON.stringify(data)} reads ${expected}`, () => {
		assert.equal(errorText(new NightlogError('store/full', 'The disk is full.', { data })), expected);
	});
}
