import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { patientCalls } from './file-calls.ts';
import { PackedRefs } from './packed-refs.ts';

const one = '1'.repeat(40);
const two = '2'.repeat(40);
const header = '# pack-refs with: peeled fully-peeled sorted \n';
const text = `${header}${one} refs/heads/main\n${one} refs/nightlog/p/n/labels/a\n^${two}\n${two} refs/nightlog/p/n/versions\n${two} refs/tags/v1\n^${one}\n`;

function row(name: string, content: string | null, run: (refs: PackedRefs, folder: string) => Promise<void>): void {
	test(name, async () => {
		const folder = mkdtempSync(join(tmpdir(), 'nightlog-test-'));
		try {
			if (content !== null) writeFileSync(join(folder, 'packed-refs'), content);
			await run(new PackedRefs(folder), folder);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
}

row('without the file there is no ref', null, async (refs) => {
	assert.equal((await refs.ownRefs()).size, 0);
	assert.equal(await refs.read('refs/heads/main'), null);
	assert.equal(await refs.without(new Set(['refs/heads/main'])), null);
});
row('our refs are listed, others are found by name', text, async (refs) => {
	assert.deepEqual([...(await refs.ownRefs()).keys()], ['refs/nightlog/p/n/labels/a', 'refs/nightlog/p/n/versions']);
	assert.equal(await refs.read('refs/heads/main'), one);
	assert.equal(await refs.read('refs/tags/v1'), two);
	assert.equal(await refs.read('refs/nightlog/p/n/versions'), two);
	assert.equal(await refs.read('heads/main'), null);
	assert.equal(await refs.read('refs/heads/mai'), null);
});
row('taking a ref out takes what it peels to along, and nothing else', text, async (refs) => {
	const left = await refs.without(new Set(['refs/nightlog/p/n/labels/a', 'refs/nightlog/none']));
	assert.equal(left?.toString(), text.replace(`${one} refs/nightlog/p/n/labels/a\n^${two}\n`, ''));
});
row('taking out what is not there changes nothing', text, async (refs) => {
	assert.equal(await refs.without(new Set(['refs/nightlog/none'])), null);
});
row('a change of the file is seen', text, async (refs, folder) => {
	assert.equal((await refs.ownRefs()).size, 2);
	writeFileSync(join(folder, 'packed-refs'), header);
	assert.equal((await refs.ownRefs()).size, 0);
});
row('on a network it is seen, too, where what is known of the name is old', text, async (_refs, folder) => {
	const old = await patientCalls.stat(join(folder, 'packed-refs'));
	const refs = new PackedRefs(folder, { ...patientCalls, stat: async () => old });
	assert.equal((await refs.ownRefs()).size, 2);
	writeFileSync(join(folder, 'packed-refs.new'), `${text}${one} refs/nightlog/p/n/versions2\n`);
	renameSync(join(folder, 'packed-refs.new'), join(folder, 'packed-refs'));
	assert.equal((await refs.ownRefs()).size, 3);
	rmSync(join(folder, 'packed-refs'));
	assert.equal((await refs.ownRefs()).size, 0);
});
row('ids of SHA-256 are read', `${'3'.repeat(64)} refs/nightlog/a\n`, async (refs) => {
	assert.equal(await refs.read('refs/nightlog/a'), '3'.repeat(64));
});
row('a last line without its end is kept as it is', `${one} refs/nightlog/a\n${two} refs/nightlog/b`, async (refs) => {
	assert.equal((await refs.without(new Set(['refs/nightlog/a'])))?.toString(), `${two} refs/nightlog/b`);
});
