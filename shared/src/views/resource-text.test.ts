import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMemory, formatTime, parseMemory, parseTime } from './resource-text.ts';

for (const [text, bytes] of [
	['2G', 2 ** 31],
	['2g', 2 ** 31],
	['512 MB', 2 ** 29],
	['1.5 GiB', 1.5 * 2 ** 30],
	['100K', 102_400],
	['1T', 2 ** 40],
	['4096', 4096],
	['700 B', 700],
	['', null],
	['0', null],
	['-1G', null],
	['2 X', null],
	['many', null],
	['9999999T', null],
] as const) {
	test(`memory "${text}" is ${bytes}`, () => assert.equal(parseMemory(text), bytes));
}
for (const [bytes, text] of [
	[2 ** 31, '2G'],
	[1.5 * 2 ** 30, '1.5G'],
	[2 ** 29, '512M'],
	[700, '700 B'],
] as const) {
	test(`${bytes} bytes read ${text}, and back`, () => assert.deepEqual([formatMemory(bytes), parseMemory(text)], [text, bytes]));
}
for (const [text, seconds] of [
	['90', 90],
	['90s', 90],
	['30 min', 1800],
	['30m', 1800],
	['1h', 3600],
	['1h 30m', 5400],
	['1h30m', 5400],
	['2d', 172_800],
	['0.5h', 1800],
	['01:30:00', 5400],
	['90:00', 324_000],
	['1-02:00:00', 93_600],
	['', null],
	['0', null],
	['1x', null],
	['1h nonsense', null],
	['1:75', null],
	['-5', null],
] as const) {
	test(`time "${text}" is ${seconds}`, () => assert.equal(parseTime(text), seconds));
}
for (const seconds of [1, 59, 60, 5400, 86_400, 90_061]) {
	test(`${seconds} seconds are read back from their text`, () => assert.equal(parseTime(formatTime(seconds)), seconds));
}
