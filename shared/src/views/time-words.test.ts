import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayOf, describeDay, describeMoment, formatDuration, formatTimeOfDay } from './time-words.ts';
import { english } from './translation.ts';

const place = { locale: 'en-GB', timeZone: 'UTC' };
const now = Date.parse('2026-11-21T09:30:00Z');

for (const [seconds, expected] of [
	[0, '0 s'],
	[0.25, '0.3 s'],
	[1.84, '1.8 s'],
	[9, '9 s'],
	[42.7, '42 s'],
	[60, '1 min'],
	[125, '2 min 5 s'],
	[3599, '59 min 59 s'],
	[3600, '1 h'],
	[12_000, '3 h 20 min'],
	[86_400, '1 d'],
	[187_200, '2 d 4 h'],
	[-1, '–'],
	[Number.NaN, '–'],
	[Number.POSITIVE_INFINITY, '–'],
] as const) {
	test(`${seconds} seconds read ${expected}`, () => assert.equal(formatDuration(seconds), expected));
}

for (const [time, expected] of [
	['2026-11-21T00:00:00Z', 'Today'],
	['2026-11-20T23:59:59Z', 'Yesterday'],
	['2026-11-19T12:00:00Z', 'Thursday'],
	['2026-11-15T12:00:00Z', 'Sunday'],
	['2026-11-14T12:00:00Z', '14 November 2026'],
	['2025-11-21T12:00:00Z', '21 November 2025'],
] as const) {
	test(`${time} is ${expected}`, () => assert.equal(describeDay(time, now, english, place), expected));
}

test('a day is that of the place where it is read', () => {
	assert.equal(dayOf('2026-11-21T23:30:00Z', { timeZone: 'Europe/Berlin' }), '2026-11-22');
	assert.equal(describeDay('2026-11-20T23:30:00Z', now, english, { locale: 'en-GB', timeZone: 'Europe/Berlin' }), 'Today');
});

test('a moment of today is its time, one before has its day', () => {
	assert.equal(describeMoment('2026-11-21T08:05:00Z', now, english, place), '08:05');
	assert.equal(describeMoment('2026-11-20T08:05:00Z', now, english, place), 'Yesterday 08:05');
	assert.equal(formatTimeOfDay('2026-11-20T08:05:00Z', place), '08:05');
});
