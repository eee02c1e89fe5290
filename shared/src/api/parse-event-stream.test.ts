import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEventParser, type EventMessage } from './parse-event-stream.ts';

const rows: [string, string, EventMessage[]][] = [
	['a message', 'event: job\nid: e-1\ndata: {"a":1}\n\n', [{ type: 'job', data: '{"a":1}', id: 'e-1' }]],
	['no type', 'data: x\n\n', [{ type: 'message', data: 'x', id: null }]],
	['data in lines', 'data: a\ndata:b\ndata\n\n', [{ type: 'message', data: 'a\nb\n', id: null }]],
	['an id alone', 'id: e-0\n\n', [{ type: 'message', data: '', id: 'e-0' }]],
	['comments and empty lines', ':\n\n: ping\n\n\n', []],
	['unknown fields', 'retry: 1\nfoo: bar\ndata: x\n\n', [{ type: 'message', data: 'x', id: null }]],
	['an id with NUL', 'id: a\0b\ndata: x\n\n', [{ type: 'message', data: 'x', id: null }]],
	['only one blank is cut', 'data:  x\n\n', [{ type: 'message', data: ' x', id: null }]],
	['a colon in the value', 'data: a: b\n\n', [{ type: 'message', data: 'a: b', id: null }]],
	[
		'carriage returns',
		'data: a\r\rdata: b\r\n\r\n',
		[
			{ type: 'message', data: 'a', id: null },
			{ type: 'message', data: 'b', id: null },
		],
	],
	['a message without its end', 'data: x\n', []],
];
for (const [name, text, expected] of rows) {
	test(`${name}, in one piece and letter by letter`, () => {
		assert.deepEqual(createEventParser().push(text), expected);
		const parser = createEventParser();
		assert.deepEqual(
			[...text].flatMap((letter) => parser.push(letter)),
			expected,
		);
	});
}
