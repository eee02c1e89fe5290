import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepts } from './accepts.ts';

const rows: [string | undefined, string, boolean][] = [
	[undefined, 'application/json', true],
	['', 'application/json', true],
	['*/*', 'application/json', true],
	['application/*', 'application/json', true],
	['text/html, application/json;q=0.1', 'application/json', true],
	['APPLICATION/JSON', 'application/json', true],
	['application/json', 'application/x-ipynb+json', true],
	['text/html', 'application/json', false],
	['application/json;q=0', 'application/json', false],
	['*/*;q=1, application/json;q=0', 'application/json', false],
	['application/*;q=0, */*', 'application/json', false],
	['text/event-stream', 'text/event-stream', true],
	['application/json', 'text/plain', false],
];
for (const [header, media, expected] of rows) {
	test(`Accept ${header ?? 'left out'} ${expected ? 'takes' : 'refuses'} ${media}`, () => assert.equal(accepts(header, [media]), expected));
}
