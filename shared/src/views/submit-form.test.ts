import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../jobs/finding.ts';
import type { Parameter } from '../parameters/parameter-schema.ts';
import { emptyFormTexts, type FormTexts, formTextsOf, placeFindings, placeNote, readForm } from './submit-form.ts';

const alpha: Parameter = {
	name: 'alpha',
	type: 'number',
	default: 0.1,
	help: null,
	cell: 'c',
	line: 1,
	choices: null,
	minimum: null,
	maximum: null,
	source: '0.1',
};
const form = (change: Partial<FormTexts>): FormTexts => ({ ...emptyFormTexts, ...change });
const resources = (change: Partial<FormTexts['resources']>) => form({ resources: { ...emptyFormTexts.resources, ...change } });

test('an empty form asks for nothing but the defaults', () => assert.deepEqual(readForm(emptyFormTexts, [alpha]), { choices: {}, problems: [] }));
test('what was typed is asked for', () => {
	const texts = form({
		name: ' long run ',
		backend: 'cluster',
		parameters: { alpha: '0.5' },
		resources: { cpus: '2', memoryBytes: '1G', gpus: '1', wallTimeSeconds: '1h' },
	});
	assert.deepEqual(readForm(texts, [alpha]), {
		choices: {
			name: 'long run',
			backend: 'cluster',
			parameters: { alpha: 0.5 },
			resources: { cpus: 2, memoryBytes: 2 ** 30, gpus: 1, wallTimeSeconds: 3600 },
		},
		problems: [],
	});
});
for (const [texts, place] of [
	[resources({ cpus: 'two' }), '/resources/cpus'],
	[resources({ cpus: '0' }), '/resources/cpus'],
	[resources({ memoryBytes: 'lots' }), '/resources/memoryBytes'],
	[resources({ gpus: '0.5' }), '/resources/gpus'],
	[resources({ wallTimeSeconds: 'soon' }), '/resources/wallTimeSeconds'],
	[form({ parameters: { alpha: 'x' } }), '/parameters/alpha'],
] as const) {
	test(`a problem is said at ${place}`, () =>
		assert.deepEqual(
			readForm(texts, [alpha]).problems.map((problem) => problem.place),
			[place],
		));
}

test('choices of the last time stand in the form, those that still fit', () => {
	const choices = { parameters: { alpha: 0.5, gone: 1 }, backend: 'cluster', resources: { cpus: 2, memoryBytes: 2 ** 31, wallTimeSeconds: 5400 } };
	assert.deepEqual(formTextsOf(choices, [alpha], [{ name: 'local' }, { name: 'cluster' }]), {
		name: '',
		backend: 'cluster',
		parameters: { alpha: '0.5' },
		resources: { cpus: '2', memoryBytes: '2G', gpus: '', wallTimeSeconds: '1h 30m' },
	});
});
test('a place to run that is gone is not chosen, nor a value that no longer fits', () => {
	const texts = formTextsOf({ parameters: { alpha: 'words' }, backend: 'gone' }, [alpha], [{ name: 'local' }]);
	assert.deepEqual([texts.backend, texts.parameters], ['', {}]);
});

const finding = (path: string | null): Finding => ({ code: 'job/x', severity: 'error', message: 'x', cell: null, path });
test('findings stand at the fields that they name, all others above', () => {
	const { atPlaces, elsewhere } = placeFindings(
		[
			finding('/parameters/alpha'),
			finding('/parameters/alpha'),
			finding('/resources/cpus'),
			finding('/parameters/beta'),
			finding('/version'),
			finding(null),
		],
		[alpha],
	);
	assert.deepEqual(
		[...atPlaces].map(([place, list]) => [place, list.length]),
		[
			['/parameters/alpha', 2],
			['/resources/cpus', 1],
		],
	);
	assert.equal(elsewhere.length, 3);
});

test('of the place that is chosen it is said what ends its jobs, or that nothing can be submitted there', () => {
	const places = [
		{ name: 'local', default: true, problem: null, endsWithSession: 'They end.' },
		{ name: 'cluster', default: false, problem: null, endsWithSession: null },
		{ name: 'cloud', default: false, problem: 'It is away.', endsWithSession: 'They end.' },
	];
	assert.deepEqual(
		['', 'local', 'cluster', 'cloud', 'gone'].map((name) => placeNote(places, name)),
		['They end.', 'They end.', null, 'It is away.', null],
	);
});
