import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planRebuild } from './plan-rebuild.ts';
import type { Receipt } from './runner-protocol.ts';

type Packages = Receipt['environment']['packages'];

function environment(packages: Packages, more: Partial<Receipt['environment']> = {}): Receipt['environment'] {
	return {
		interpreter: { language: 'python', version: '3.11.7', implementation: 'CPython', executable: null },
		kernelspec: { name: 'python3', displayName: null },
		packages,
		packagesComplete: true,
		system: {},
		variables: {},
		digest: '0'.repeat(64),
		...more,
	};
}

const check = (packages: Packages, lines: readonly string[], unavailable: readonly string[] = []) => {
	const plan = planRebuild(environment(packages));
	assert.deepEqual(
		plan.requirements.map(({ line }) => line),
		lines,
	);
	assert.deepEqual(
		plan.unavailable.map(({ name }) => name),
		unavailable,
	);
};

test('every package is pinned, in the order of names', () => {
	check(
		[
			{ name: 'numpy', version: '2.1.0', origin: 'index' },
			{ name: 'astropy', version: '7.0', origin: 'conda' },
		],
		['astropy==7.0', 'numpy==2.1.0'],
	);
});

test('a package from an address is taken from there', () => {
	check([{ name: 'sky', version: '1', origin: 'git+https://example.org/sky@0123abc' }], ['sky @ git+https://example.org/sky@0123abc']);
	check([{ name: 'sky', version: '1.0+local.2', origin: null }], ['sky==1.0+local.2']);
});

test('what the record alone cannot give is named', () => {
	check([{ name: 'mine', version: '1', origin: '/home/ann/mine' }], [], ['mine']);
	check([{ name: 'mine', version: null, origin: 'index' }], [], ['mine']);
	check([{ name: 'mine', version: '1', origin: 'file:///home/ann/mine' }], [], ['mine']);
	check([{ name: 'mine', version: '1', origin: 'git+ssh://example.org/mine' }], [], ['mine']);
});

test('hostile records give no option and no other address', () => {
	check([{ name: '--index-url=x', version: '1', origin: 'index' }], [], ['--index-url=x']);
	check([{ name: 'a', version: '1\n--extra-index-url x', origin: 'index' }], [], ['a']);
	check([{ name: 'a', version: '1 ; os_name', origin: 'index' }], [], ['a']);
	check([{ name: 'a', version: '1', origin: 'https://example.org/a; b' }], [], ['a']);
});

test('the interpreter is asked for as it was, and what is not known is said', () => {
	assert.equal(planRebuild(environment([])).pythonVersion, '3.11.7');
	const odd = planRebuild(
		environment([], { interpreter: { language: 'python', version: '--x', implementation: 'PyPy', executable: null }, packagesComplete: false }),
	);
	assert.equal(odd.pythonVersion, null);
	assert.equal(odd.notes.length, 2);
});

test('another language is not made anew, and that is said', () => {
	const plan = planRebuild(
		environment([{ name: 'x', version: '1', origin: null }], {
			interpreter: { language: 'R', version: '4', implementation: null, executable: null },
		}),
	);
	assert.deepEqual(plan.requirements, []);
	assert.match(plan.notes[0] ?? '', /language is R/);
});
