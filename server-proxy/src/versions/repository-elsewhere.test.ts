// A repository in which nothing can be kept for a while: what it has stays in sight, and so does what is kept meanwhile.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommitOid, JobId } from '@nightlog/shared/base/ids';
import { createGitEngine } from './git-engine.ts';
import type { RepositoryEngine } from './repository-engine.ts';
import { idOf } from './service-test.test-case.ts';
import { makeNotebook, openWorld, signal, type TestWorld } from './test-world.test-case.ts';

const job = '01jf8qz3k4m5n6p7q8r9s0t1v2' as JobId;

/** How a repository is made one in which nothing can be kept, and how that ends. */
interface Spell {
	readonly begin: (world: TestWorld) => void;
	readonly end: (world: TestWorld) => void;
}

/** Says of repositories that they cannot be written, as of a disk that takes no writing: root, who tests, may write anywhere. */
let isReadOnly = false;
const engine: RepositoryEngine = (() => {
	const real = createGitEngine('/nowhere', Date.now);
	return {
		...real,
		async inspect(folder, inspectSignal) {
			const layout = await real.inspect(folder, inspectSignal);
			return layout === null || !isReadOnly ? layout : { ...layout, engine: 'elsewhere', note: 'you may read it but not write to it' };
		},
	};
})();

const config = (world: TestWorld) => join(world.project, '.git/config');
const spells: Readonly<Record<string, Spell>> = {
	'with a mistake in its configuration': {
		begin: (world) => appendFileSync(config(world), '[broken\n'),
		end: (world) => writeFileSync(config(world), readFileSync(config(world), 'utf8').replace('[broken\n', '')),
	},
	'on a disk that takes no writing': {
		begin: (world) => {
			isReadOnly = true;
			// What was opened for writing stays open until something of it changes.
			utimesSync(config(world), 1, 1);
		},
		end: () => {
			isReadOnly = false;
		},
	},
};

async function saveAs(world: TestWorld, source: string, service = world.service) {
	world.now += 60 * 60 * 1000;
	return service.keep({ notebook: world.write('night.ipynb', makeNotebook([source])), reason: 'save' }, signal);
}

/** All that is listed, by pages of so many. */
async function listed(world: TestWorld, limit: number, service = world.service): Promise<string[]> {
	const ids: string[] = [];
	const notebook = join(world.project, 'night.ipynb');
	for (let cursor: string | undefined; ; ) {
		const page = await service.list({ notebook, results: false, limit, ...(cursor === undefined ? {} : { cursor }) }, signal);
		ids.push(...page.versions.map(({ id }) => id));
		if (page.next === null) return ids;
		cursor = page.next;
	}
}

for (const [name, { begin, end }] of Object.entries(spells)) {
	test(`a repository ${name}: versions of before stay in sight, and those of meanwhile afterwards`, async () => {
		const world = openWorld(true, engine);
		try {
			const path = join(world.project, 'night.ipynb');
			const first = idOf(await saveAs(world, 'x = 1'));
			const named = await world.service.keep({ notebook: path, reason: 'label', label: 'good' }, signal);
			const before = idOf(named);
			begin(world);
			const untouched = world.untouched();
			for (const limit of [1, 2, 100]) assert.deepEqual(await listed(world, limit), [before, first]);
			const during = await saveAs(world, 'x = 2');
			assert.equal(during.version.inProject, false);
			for (const limit of [1, 2, 3, 100]) assert.deepEqual(await listed(world, limit), [during.version.id, before, first]);
			assert.equal((await world.service.get(before, path, signal)).label, 'good');
			assert.match(Buffer.from(await world.service.readNotebook(first, path, signal)).toString(), /x = 1/);
			assert.equal((await world.service.content(before, path, signal)).detail.repository, join(world.project, '.git'));
			const receipt = { job, version: before, notebook: path, executed: Buffer.from(makeNotebook(['x = 9'])), receipt: null, parameters: {} };
			for (const write of [() => world.service.label(first, path, 'better', false, signal), () => world.service.keepResult(receipt, signal)])
				await assert.rejects(write, { code: 'repository/not-here' });
			assert.deepEqual({ ...world.untouched(), 'night.ipynb': '' }, { ...untouched, 'night.ipynb': '' });

			end(world);
			const after = await saveAs(world, 'x = 3');
			assert.equal(after.version.inProject, true);
			assert.deepEqual(after.version.parents.slice(0, 1), [before]);
			for (const limit of [1, 2, 100]) assert.deepEqual(await listed(world, limit), [after.version.id, before, first, during.version.id]);
			assert.match(Buffer.from(await world.service.readNotebook(during.version.id as CommitOid, path, signal)).toString(), /x = 2/);
			assert.equal((await world.service.keepResult(receipt, signal)).length, 40);
			const restored = await world.service.restore(idOf(during), path, null, signal);
			assert.equal(restored.restored.id, during.version.id);
			assert.match(readFileSync(path, 'utf8'), /x = 2/);
		} finally {
			isReadOnly = false;
			await world.dispose();
		}
	});
}

test('a history that moved into a repository, and went on in both places, is in sight as a whole and once', async () => {
	const world = openWorld(false, engine);
	try {
		const path = join(world.project, 'night.ipynb');
		const first = idOf(await saveAs(world, 'x = 1'));
		world.git('init', '-q', '-b', 'main');
		await world.service.moveIn(path, signal);
		const second = idOf(await saveAs(world, 'x = 2'));
		appendFileSync(config(world), '[broken\n');
		const third = await saveAs(world, 'x = 3');
		assert.equal(third.version.inProject, false);
		for (const limit of [1, 100]) assert.deepEqual(await listed(world, limit), [third.version.id, first, second]);
		writeFileSync(config(world), readFileSync(config(world), 'utf8').replace('[broken\n', ''));
		for (const limit of [1, 100]) assert.deepEqual(await listed(world, limit), [second, first, third.version.id]);
		assert.match(Buffer.from(await world.service.readNotebook(idOf(third), path, signal)).toString(), /x = 3/);
	} finally {
		await world.dispose();
	}
});

/** Gives each object of the repository a file of its own. */
function unpack(world: TestWorld): void {
	const packs = join(world.project, '.git/objects/pack');
	const aside = join(world.folder, 'packs');
	renameSync(packs, aside);
	for (const name of readdirSync(aside).filter((each) => each.endsWith('.pack')))
		execFileSync('git', ['unpack-objects', '-q'], { cwd: world.project, input: readFileSync(join(aside, name)) });
}

for (const [what, damage] of Object.entries({
	'is gone': rmSync,
	'is empty': (file: string) => {
		rmSync(file);
		writeFileSync(file, '');
	},
}))
	test(`where the newest version's commit ${what} in the repository that a history moved into, the store's is listed, and once`, async () => {
		const world = openWorld(false, engine);
		try {
			const path = join(world.project, 'night.ipynb');
			const first = idOf(await saveAs(world, 'x = 1'));
			const second = idOf(await saveAs(world, 'x = 2'));
			world.git('init', '-q', '-b', 'main');
			await world.service.moveIn(path, signal);
			unpack(world);
			damage(join(world.project, '.git/objects', second.slice(0, 2), second.slice(2)));
			const service = world.startedAnew();
			const list = () => service.list({ notebook: path, results: false, limit: 10 }, signal);
			for (const limit of [1, 2, 100]) assert.deepEqual(await listed(world, limit, service), [second, first]);
			assert.equal((await list()).unreadable?.id, second, 'what is wrong with the repository is said all the same');
			assert.match(Buffer.from(await service.readNotebook(second, path, signal)).toString(), /x = 2/);
			const third = idOf(await saveAs(world, 'x = 3', service));
			const fourth = idOf(await saveAs(world, 'x = 4', service));
			for (const limit of [1, 2, 3, 100]) assert.deepEqual(await listed(world, limit, service), [fourth, third, second, first]);
		} finally {
			await world.dispose();
		}
	});

test('what somebody else put into a repository that cannot be used is not taken for versions of this person', async () => {
	const world = openWorld(true, engine);
	try {
		const kept = idOf(await saveAs(world, 'x = 1'));
		isReadOnly = true;
		// Another server of the same person, which kept nothing there.
		const service = world.another();
		const notebook = join(world.project, 'night.ipynb');
		assert.deepEqual((await service.list({ notebook, results: false, limit: 10 }, signal)).versions, []);
		await assert.rejects(service.get(kept, notebook, signal), { code: 'version/not-found' });
		rmSync(notebook);
	} finally {
		isReadOnly = false;
		await world.dispose();
	}
});
