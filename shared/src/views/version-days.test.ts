import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Version, versionReasons } from '../versions/version-schema.ts';
import { english } from './translation.ts';
import { describeReason, groupVersions } from './version-days.ts';

const place = { locale: 'en-GB', timeZone: 'UTC' };
const now = Date.parse('2026-11-21T09:30:00Z');
const version = (createdAt: string, change: Partial<Version> = {}): Version => ({
	id: createdAt,
	notebook: 'a.ipynb',
	createdAt,
	reason: 'save',
	label: null,
	parameters: {},
	author: { name: 'Ana', email: 'ana@example.org' },
	...change,
});

test('versions stand by day, in the order in which they came', () => {
	const days = groupVersions(
		[version('2026-11-21T09:00:00Z'), version('2026-11-21T08:00:00Z'), version('2026-11-20T22:00:00Z')],
		now,
		english,
		place,
	);
	assert.deepEqual(
		days.map(({ title, versions }) => [title, versions.map(({ time }) => time)]),
		[
			['Today', ['09:00', '08:00']],
			['Yesterday', ['22:00']],
		],
	);
});
test('a row says why it was made, its name and its parameters', () => {
	const [day] = groupVersions(
		[version('2026-11-21T09:00:00Z', { reason: 'submit', label: 'first light', parameters: { n: 2 } })],
		now,
		english,
		place,
	);
	const { reason, label, parameters, author } = day!.versions[0]!;
	assert.deepEqual({ reason, label, parameters, author }, { reason: 'kept for a job', label: 'first light', parameters: 'n = 2', author: 'Ana' });
});
test('no versions are no days', () => assert.deepEqual(groupVersions([], now), []));
test('every reason has words of its own', () =>
	assert.equal(new Set(versionReasons.map((reason) => describeReason(reason))).size, versionReasons.length));
test('a reason of a newer server is shown as it came', () => assert.equal(describeReason('merge' as Version['reason']), 'merge'));
