import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isNightlogError } from '../../base/nightlog-error.ts';
import { inspectRepository } from './inspect-repository.ts';
import { openRepository } from './open-repository.ts';
import { makePlace, makeWorkingRepository, type TestPlace } from './real-repositories.test-case.ts';

const { signal } = new AbortController();

/** Every object of a repository, by `git` and by us. */
async function checkAllObjects(place: TestPlace, folder: string): Promise<number> {
	const layout = await inspectRepository(folder, signal, { git: null });
	assert.ok(layout !== null);
	const repository = await openRepository(layout, { git: null });
	const rows = place.git(folder, 'cat-file', '--batch-check', '--batch-all-objects').trim().split('\n');
	for (const [oid, type] of rows.map((line) => line.split(' '))) {
		if (oid === undefined) throw new Error('no object');
		assert.equal(await repository.hasObject(oid), true);
		if (type !== 'blob') continue;
		assert.equal(
			Buffer.from(await repository.readBlob(oid)).toString('latin1'),
			Buffer.from(place.git(folder, 'cat-file', 'blob', oid), 'utf8').toString('latin1'),
		);
	}
	return rows.length;
}

/** Files that grow and shrink, so that git makes long chains of deltas. */
function fillWithHistory(place: TestPlace, folder: string): void {
	const lines = Array.from({ length: 1500 }, (_, index) => `line ${index} ${(index * 7919) % 1013}`);
	for (let version = 0; version < 12; version++) {
		lines.splice(version * 31, 5, `changed in ${version}`);
		lines.push(...Array.from({ length: 40 }, (_, index) => `added ${version} ${index}`));
		place.write(join(folder, 'grows.txt'), lines.join('\n'));
		place.git(folder, 'add', 'grows.txt');
		place.git(folder, 'commit', '-qm', `version ${version}`);
	}
}

function row(name: string, repack: (place: TestPlace, folder: string) => void, initArguments: readonly string[] = []): void {
	test(`${name}: every object is read as git reads it`, async () => {
		const place = makePlace();
		try {
			const folder = makeWorkingRepository(place, 'packs', initArguments);
			fillWithHistory(place, folder);
			repack(place, folder);
			assert.ok((await checkAllObjects(place, folder)) > 40);
		} finally {
			place.dispose();
		}
	});
}

row('loose objects', () => {});
row('one pack', (place, folder) => place.git(folder, 'gc', '-q'));
row('one pack of SHA-256', (place, folder) => place.git(folder, 'gc', '-q'), ['--object-format=sha256']);
row('deltas that name their base by id', (place, folder) =>
	place.git(folder, '-c', 'repack.useDeltaBaseOffset=false', 'repack', '-adfq', '--depth=50'),
);
row('an index of version 1', (place, folder) => place.git(folder, '-c', 'pack.indexVersion=1', 'repack', '-adq'));
row('many packs, and an index over all of them', (place, folder) => {
	place.git(folder, 'repack', '-q');
	fillWithHistory(place, folder);
	place.git(folder, 'repack', '-q');
	place.git(folder, 'multi-pack-index', 'write');
});
row('a pack whose index counts in 64 bits, as above 2 GiB', (place, folder) => {
	place.git(folder, 'repack', '-adq');
	const packs = join(folder, '.git/objects/pack');
	const pack = readdirSync(packs).find((name) => name.endsWith('.pack')) ?? '';
	rmSync(join(packs, pack.replace('.pack', '.idx')));
	place.git(folder, 'index-pack', '--index-version=2,0x40', join(packs, pack));
});

test('a damaged object is named, never read as something else', async () => {
	const place = makePlace();
	try {
		const folder = makeWorkingRepository(place, 'damaged');
		fillWithHistory(place, folder);
		place.git(folder, 'gc', '-q');
		const oid = place.git(folder, 'rev-parse', 'HEAD:grows.txt').trim();
		const packs = join(folder, '.git/objects/pack');
		const pack = join(packs, readdirSync(packs).find((name) => name.endsWith('.pack')) ?? '');
		const bytes = readFileSync(pack);
		for (let at = 200; at < bytes.length - 20; at += 50) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
		rmSync(pack);
		writeFileSync(pack, bytes);
		const layout = await inspectRepository(folder, signal, { git: null });
		const repository = await openRepository(layout as NonNullable<typeof layout>, { git: null });
		await assert.rejects(repository.readBlob(oid), (error) => isNightlogError(error, 'repository/corrupt'));
	} finally {
		place.dispose();
	}
});

for (const [what, content] of [
	['empty', ''],
	['cut short', 'half'],
] as const) {
	test(`an index of a pack that is ${what} is passed over, as git does: what else there is is read, and new objects are written`, async () => {
		const place = makePlace();
		try {
			const folder = makeWorkingRepository(place, 'index');
			const before = place.git(folder, 'rev-parse', 'HEAD:analysis.ipynb').trim();
			place.git(folder, 'repack', '-adq');
			place.write(join(folder, 'lib/more.py'), 'three = 3\n');
			place.git(folder, 'add', '-A');
			place.git(folder, 'commit', '-qm', 'more');
			place.git(folder, 'repack', '-dq');
			const packs = join(folder, '.git/objects/pack');
			const after = place.git(folder, 'rev-parse', 'HEAD:lib/more.py').trim();
			const holder = readdirSync(packs).find(
				(name) => name.endsWith('.idx') && place.git(folder, 'verify-pack', '-v', join(packs, name)).includes(after),
			);
			const index = join(packs, holder ?? '');
			rmSync(index);
			writeFileSync(index, content);
			const layout = await inspectRepository(folder, signal, { git: null });
			const repository = await openRepository(layout as NonNullable<typeof layout>, { git: null });
			assert.ok((await repository.readBlob(before)).length > 0);
			assert.equal(await repository.hasObject('f'.repeat(40)), false);
			await assert.rejects(repository.readBlob(after), (error) => isNightlogError(error, 'repository/corrupt'));
			const session = repository.begin();
			const written = session.blob(Buffer.from('three = 3\n'));
			assert.equal(written, after);
			assert.equal((await session.finish()).newObjects, 1);
			assert.equal(Buffer.from(await repository.readBlob(after)).toString(), 'three = 3\n');
		} finally {
			place.dispose();
		}
	});
}

test('an object that git gc packs while we hold the repository is found again', async () => {
	const place = makePlace();
	try {
		const folder = makeWorkingRepository(place, 'moving');
		const layout = await inspectRepository(folder, signal, { git: null });
		const repository = await openRepository(layout as NonNullable<typeof layout>, { git: null });
		const oid = place.git(folder, 'rev-parse', 'HEAD:analysis.ipynb').trim();
		for (let round = 0; round < 3; round++) {
			assert.equal((await repository.readBlob(oid)).length, 14);
			place.write(join(folder, 'lib/more.py'), `three = ${round}\n`);
			place.git(folder, 'commit', '-qam', `round ${round}`);
			place.git(folder, 'gc', '-q', '--prune=now');
		}
		assert.equal(await repository.headCommit(), place.git(folder, 'rev-parse', 'HEAD').trim());
	} finally {
		place.dispose();
	}
});
