import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { parseParametersText, readParametersFile } from './read-parameters-file.ts';

function check(name: string, text: string, expected: unknown): void {
	test(name, () => assert.deepEqual(parseParametersText(text, 'p.yaml'), expected));
}

check('JSON', '{"a": 1, "b": [1.5, null, true, "x"]}', { a: 1, b: [1.5, null, true, 'x'] });
check('YAML', 'first: 1700\nname: no\nlist:\n  - 1\n  - two\n', { first: 1700, name: 'no', list: [1, 'two'] });
check('an empty file has no values', '\n', {});
check('an integer beyond 2^53 stays exact', 'seed: 9007199254740993', { seed: '9007199254740993' });
check('floats stay floats', 'x: 1.0e3\ny: .5', { x: 1000, y: 0.5 });
check('a text is never run', 'x: "$(reboot)\\n#SBATCH"', { x: '$(reboot)\n#SBATCH' });

const bombs = ['a: &a [x,x,x,x,x,x,x,x,x]'];
for (let level = 1; level < 12; level++) {
	const previous = `*${'a'.repeat(level)}`;
	bombs.push(`${'a'.repeat(level + 1)}: &${'a'.repeat(level + 1)} [${Array(9).fill(previous).join(',')}]`);
}
for (const [name, text] of [
	['a list', '[1, 2]'],
	['a single value', '42'],
	['broken YAML', 'a: [1'],
	['two values for one name', 'a: 1\na: 2'],
	['aliases that grow without end', bombs.join('\n')],
] as const) {
	test(`${name} is refused`, () => {
		assert.throws(
			() => parseParametersText(text, 'p.yaml'),
			(error) => isNightlogError(error, 'command/parameters-file') && error.status === 400,
		);
	});
}

test('a file that is not there is said to be missing, by its name', async () => {
	await assert.rejects(readParametersFile('/nowhere/p.yaml'), /\/nowhere\/p\.yaml \(ENOENT\)/);
});

test('a file without an end is refused', async () => {
	await assert.rejects(readParametersFile('/dev/zero'), /\/dev\/zero is larger than 10 MB/);
});

test('a pipe is read to its end', async () => {
	const folder = mkdtempSync(path.join(tmpdir(), 'nl-parameters-'));
	const pipe = path.join(folder, 'pipe');
	execFileSync('mkfifo', [pipe]);
	try {
		const [read] = await Promise.all([readParametersFile(pipe), writeFile(pipe, `steps: 3\n# ${'x'.repeat(200_000)}\n`)]);
		assert.deepEqual(read, { steps: 3 });
	} finally {
		rmSync(folder, { recursive: true });
	}
});
