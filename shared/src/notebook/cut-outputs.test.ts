import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type CutNotebook, cutAboveBytes, cutOutputs } from './cut-outputs.ts';
import { outputPlaceholder } from './output-placeholder.ts';
import { parseNotebook } from './parse-notebook.ts';
import { cutOutputsOf, restoreOutputs } from './restore-outputs.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const long = (text: string, count = 5000) => text.repeat(Math.ceil(count / text.length));

/** Cuts, puts back from the bytes of the payloads, and checks that nothing was lost. */
function cutAndBack(text: string): CutNotebook {
	const cut = cutOutputs(text, { sha256 });
	const kept = new Map(cut.payloads.map((payload) => [payload.sha256, payload.bytes()]));
	for (const payload of cut.payloads) assert.equal(payload.sha256, sha256(payload.bytes()));
	assert.deepEqual(cutOutputsOf(cut.text).sort(), [...kept.keys()].sort());
	const restored = restoreOutputs(cut.text, (hash) => kept.get(hash));
	assert.deepEqual(restored.missing, []);
	assert.ok(restored.text === text, 'the text came back changed');
	return cut;
}

function withOutputs(outputs: unknown[], rest: object = {}): object {
	const cell = { cell_type: 'code', execution_count: 1, id: 'a', metadata: {}, outputs, source: ['x\n', 'y'] };
	return { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5, ...rest };
}

const display = (data: object) => ({ output_type: 'display_data', data, metadata: {} });

const places: readonly (readonly [name: string, document: object, payloads: number])[] = [
	['an image', withOutputs([display({ 'image/png': long('iVBOR'), 'text/plain': 'x' })]), 1],
	['a list of lines', withOutputs([display({ 'text/html': [long('<td>\n'), 'x'] })]), 1],
	['JSON', withOutputs([display({ 'application/json': { a: [long('b'), 1, null] } })]), 1],
	['a stream', withOutputs([{ output_type: 'stream', name: 'stdout', text: [long('line\n')] }]), 1],
	['an error', withOutputs([{ output_type: 'error', ename: 'E', evalue: long('e'), traceback: ['short', long('t'), long('u')] }]), 3],
	['two mime types of one output', withOutputs([display({ 'image/png': long('a'), 'image/svg+xml': long('b') })]), 2],
	['the same image twice', withOutputs([display({ 'image/png': long('a') }), display({ 'image/png': long('a') })]), 1],
	[
		'an attachment',
		{
			...withOutputs([]),
			cells: [
				{ cell_type: 'markdown', id: 'm', metadata: {}, source: '![](attachment:a.png)', attachments: { 'a.png': { 'image/png': long('a') } } },
			],
		},
		1,
	],
	[
		"a widget's state",
		withOutputs([], {
			metadata: { widgets: { 'application/vnd.jupyter.widget-state+json': { state: { m: { model_name: 'x', state: { a: long('a') } } } } } },
		}),
		1,
	],
	['a long source: it stays', withOutputs([], { cells: [{ cell_type: 'code', source: long('x'), outputs: [], metadata: { a: long('x') } }] }), 0],
	['short outputs: they stay', withOutputs([display({ 'text/plain': 'x'.repeat(cutAboveBytes - 2) })]), 0],
	['one byte more: it goes', withOutputs([display({ 'text/plain': 'x'.repeat(cutAboveBytes - 1) })]), 1],
	['characters of three bytes: bytes count', withOutputs([display({ 'text/plain': '☃'.repeat(1400) })]), 1],
	['characters of three bytes: few stay', withOutputs([display({ 'text/plain': '☃'.repeat(1300) })]), 0],
];
const layouts: readonly (readonly [name: string, write: (document: object) => string])[] = [
	['as nbformat writes', (document) => `${JSON.stringify(document, null, 1)}\n`],
	['on one line', (document) => JSON.stringify(document)],
	['with tabs and \\r\\n', (document) => JSON.stringify(document, null, '\t').replaceAll('\n', '\r\n')],
	['with a byte order mark', (document) => `\uFEFF${JSON.stringify(document, null, 2)}\n\n`],
	['with escapes', (document) => JSON.stringify(document, null, 1).replaceAll('☃', '\\u2603').replaceAll('<', '\\u003c')],
];
for (const [name, document, payloads] of places) {
	for (const [layout, write] of layouts) {
		test(`${name}, ${layout}`, () => {
			const cut = cutAndBack(write(document));
			if (layout !== 'with escapes') assert.equal(cut.payloads.length, payloads);
			assert.doesNotThrow(() => JSON.parse(cut.text.replace(/^\uFEFF/, '')));
			if (payloads > 0) assert.ok(parseNotebook(cut.text).value);
		});
	}
}

test('the payload is the literal as it stood, and its place holds a short string', () => {
	const text = `{"cells": [{"outputs": [{"data": {"text/html": [ "${long('a')}",\n"\\u00e9" ]}}]}]}`;
	const { text: short, payloads } = cutAndBack(text);
	assert.equal(payloads[0]?.literal, `[ "${long('a')}",\n"\\u00e9" ]`);
	assert.equal(short, `{"cells": [{"outputs": [{"data": {"text/html": ${outputPlaceholder(payloads[0]?.sha256 ?? '')}}}]}]}`);
});

const image = `"${long('image')}"`;
const imageHash = sha256(new TextEncoder().encode(image));
const fake = outputPlaceholder(imageHash);
const lookalikes: readonly (readonly [name: string, text: string])[] = [
	['as a source', `{"cells": [{"source": ${fake}, "outputs": [{"data": {"image/png": ${image}}}]}]}`],
	['as a line of a source', `{"cells": [{"source": [${fake},${fake}, ${fake}], "outputs": [{"data": {"image/png": ${image}}}]}]}`],
	['as a name', `{${fake}: ${fake}, "cells": []}`],
	['of something that nobody has', `{"a": ${outputPlaceholder('0'.repeat(64))}, "cells": []}`],
	['inside a text', `{"cells": [{"source": "x = \\"nightlog:output:${imageHash}\\"", "outputs": [{"data": {"image/png": ${image}}}]}]}`],
	['at the end of a text', `{"cells": [{"source": "x = \\"nightlog:output:${imageHash}", "outputs": [{"data": {"image/png": ${image}}}]}]}`],
	['behind an escaped backslash', `{"cells": [{"source": "x = \\\\\\"nightlog:output:${imageHash}"}]}`],
	['behind a text that ends in a backslash', `{"cells": [{"source": ["\\\\",${fake}]}]}`],
	['inside an output that is cut', `{"cells": [{"outputs": [{"text": [${fake}, ${image}]}]}]}`],
	['as the output itself', `{"cells": [{"outputs": [{"data": {"image/png": ${fake}}}]}]}`],
	['in a text that is no JSON', `""nightlog:output:${imageHash}"nightlog:output:${imageHash}" {"cells": [{"outputs": [{"text": ${image}}]}]`],
	['in no JSON, side by side', `${fake}${fake}\\${fake}nightlog:output:${imageHash}"`],
];
for (const [name, text] of lookalikes) {
	test(`a text that looks like a placeholder comes back: ${name}`, () => {
		const once = cutAndBack(text);
		const twice = cutAndBack(once.text);
		cutAndBack(twice.text);
	});
}

test('a text that is no JSON is not cut', () => {
	const text = `{"cells": [{"outputs": [{"text": ${image}}]}]`;
	assert.deepEqual(cutOutputs(text, { sha256 }).payloads, []);
	assert.equal(cutOutputs(text, { sha256 }).text, text);
});

test('a name that occurs twice in an object loses nothing', () => {
	cutAndBack(`{"cells": [{"outputs": [{"text": ${image}, "text": "${long('b')}"}, {"data": {"a": ${image}, "a": ${image}}}]}]}`);
	cutAndBack(`{"cells": [{"outputs": [{"text": ${image}}]}], "cells": [{"outputs": [{"text": ${image}}]}]}`);
});

test('an output that is not found is named, and its placeholder stays', () => {
	const cut = cutOutputs(JSON.stringify(withOutputs([display({ 'image/png': long('a'), 'image/jpeg': long('b') })])), { sha256 });
	const [first, second] = cut.payloads;
	const restored = restoreOutputs(cut.text, (hash) => (hash === first?.sha256 ? first.literal : undefined));
	assert.deepEqual(restored.missing, [second?.sha256]);
	assert.ok(restored.text.includes(outputPlaceholder(second?.sha256 ?? '')));
	assert.ok(!restored.text.includes(outputPlaceholder(first?.sha256 ?? '')));
});

test('with a memo only what changed is hashed', () => {
	const hashed: number[] = [];
	const counting = (bytes: Uint8Array) => {
		hashed.push(bytes.length);
		return sha256(bytes);
	};
	const images = Array.from({ length: 20 }, (_, index) => long(`image ${index} `));
	const write = () => JSON.stringify(withOutputs(images.map((data) => display({ 'image/png': data }))));
	const first = cutOutputs(write(), { sha256: counting });
	assert.equal(hashed.length, 20);
	// One character in the middle: same length, same start, same end.
	images[7] = `${images[7]!.slice(0, 2500)}!${images[7]!.slice(2501)}`;
	const second = cutOutputs(write(), { sha256: counting, memo: first.memo });
	assert.equal(hashed.length, 21);
	assert.deepEqual(
		second.payloads.map(({ known }) => known),
		images.map((_, index) => index !== 7),
	);
	assert.deepEqual(
		second.payloads,
		cutOutputs(write(), { sha256 }).payloads.map((payload, index) => ({
			...second.payloads[index]!,
			sha256: payload.sha256,
			literal: payload.literal,
		})),
	);
	const third = cutOutputs(write(), { sha256: counting, memo: second.memo });
	assert.equal(hashed.length, 21);
	assert.equal(third.text, second.text);
	assert.deepEqual(third.payloads[7]?.bytes(), second.payloads[7]?.bytes());
});

test('texts put together at random come back', () => {
	let state = 7;
	const pick = (count: number) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return (state >>> 8) % count;
	};
	const parts = [
		'"',
		'\\',
		'nightlog:output:',
		imageHash,
		fake,
		image,
		'{"cells": [{"outputs": [{"text": ',
		'}]}]}',
		',',
		' ',
		'\r\n',
		'\uFEFF',
		'☃',
		'[',
		']',
	];
	for (let round = 0; round < 3000; round++) {
		let text = '';
		for (let count = pick(14); count >= 0; count--) text += parts[pick(parts.length)];
		cutAndBack(text);
	}
});
