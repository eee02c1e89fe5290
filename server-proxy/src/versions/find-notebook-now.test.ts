import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CommitOid } from '@nightlog/shared/base/ids';
import { idOf, inWorld, save } from './service-test.test-case.ts';
import { makeNotebook, signal, type TestWorld } from './test-world.test-case.ts';

/** What happens to a notebook of which a version was submitted, and where it is then: absolute, or null. */
type Story = (world: TestWorld, night: string) => Promise<string | null> | string | null;

function check(name: string, story: Story, git = true): void {
	inWorld(
		`where a notebook is now that ${name}${git ? '' : ', without a repository'}`,
		async (world) => {
			const night = world.write('notebooks/night.ipynb', makeNotebook(['x = 1']));
			const submitted = idOf(await world.service.keep({ notebook: night, reason: 'submit' }, signal));
			const expected = await story(world, night);
			assert.equal(await world.service.findNow(submitted, night, signal), expected);
		},
		git,
	);
}

const move = (world: TestWorld, from: string, to: string) => {
	const file = join(world.project, to);
	mkdirSync(join(file, '..'), { recursive: true });
	renameSync(from, file);
	return file;
};

for (const git of [true, false]) {
	check('stayed', (_, night) => night, git);
	check('was renamed while nobody looked', (world, night) => move(world, night, 'notebooks/day.ipynb'), git);
	check('was moved into a folder below', (world, night) => move(world, night, 'notebooks/old/2026/day.ipynb'), git);
}
check('was renamed and saved there', async (world, night) => {
	const day = move(world, night, 'notebooks/day.ipynb');
	world.write('notebooks/day.ipynb', makeNotebook(['x = 2']));
	await save(world, day);
	return day;
});
check('was renamed twice, seen once between', async (world, night) => {
	await save(world, move(world, night, 'notebooks/day.ipynb'));
	return move(world, join(world.project, 'notebooks/day.ipynb'), 'evening.ipynb');
});
check('was moved up in its project', (world, night) => move(world, night, 'day.ipynb'));
check('was renamed beside a copy of itself', (world, night) => {
	copyFileSync(night, join(world.project, 'notebooks/a copy.ipynb'));
	return move(world, night, 'notebooks/day.ipynb');
});
check('was copied and removed', (world, night) => {
	const day = join(world.project, 'notebooks/day.ipynb');
	copyFileSync(night, day);
	rmSync(night);
	return day;
});
check('was renamed, while another one came to its old path and was kept there', async (world, night) => {
	const day = move(world, night, 'notebooks/day.ipynb');
	await save(world, day);
	await save(world, world.write('notebooks/night.ipynb', makeNotebook(['y = 1'])));
	return day;
});
check('is gone', (world, night) => {
	rmSync(night);
	world.write('notebooks/other.ipynb', makeNotebook(['another = True']));
	return null;
});
check('was moved out of its project', (world, night) => {
	renameSync(night, join(world.home, 'day.ipynb'));
	return null;
});

inWorld('a store that was lost finds a renamed notebook by what it holds', async (world) => {
	const night = world.write('night.ipynb', makeNotebook(['x = 1']));
	const submitted = idOf(await world.service.keep({ notebook: night, reason: 'submit' }, signal));
	const day = move(world, night, 'sub/day.ipynb');
	Object.assign(world, { service: world.another() });
	assert.equal(await world.service.findNow(submitted, night, signal), day);
});

inWorld('where a notebook is of which there is no such version cannot be asked', async (world) => {
	const night = world.write('night.ipynb', makeNotebook(['x = 1']));
	await save(world, night);
	await assert.rejects(world.service.findNow('0'.repeat(40) as CommitOid, night, signal), { code: 'version/not-found' });
});
