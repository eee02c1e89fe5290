import assert from 'node:assert/strict';
import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommitOid, JobId } from '@nightlog/shared/base/ids';
import type { Repository } from '@nightlog/shared/versions/repository';
import { createGitEngine } from './git-engine.ts';
import type { RepositoryEngine } from './repository-engine.ts';
import { idOf, image, inWorld, list, refsOf, save } from './service-test.test-case.ts';
import { makeNotebook, openWorld, signal, type TestWorld } from './test-world.test-case.ts';

const job = '01jf8qz3k4m5n6p7q8r9s0t1v2' as JobId;
const text = (source: string) => makeNotebook([{ source, image: image(source.slice(-1)) }]);

/** Three versions in the person's own store, one of them named, and a job's result; then the folder becomes a repository. */
async function begin(world: TestWorld) {
	world.write('helper.py', 'x = 1\n');
	const path = world.write('night.ipynb', text('import helper # 1'));
	const first = idOf(await world.service.keep({ notebook: path, reason: 'submit' }, signal));
	world.write('night.ipynb', text('import helper # 2'));
	const named = idOf(await world.service.keep({ notebook: path, reason: 'label', label: 'best fit' }, signal));
	world.write('night.ipynb', text('import helper # 3'));
	const last = idOf(await world.service.keep({ notebook: path, reason: 'keep' }, signal));
	const executed = Buffer.from(text('import helper # 9'));
	const result = await world.service.keepResult({ job, version: first, notebook: path, executed, receipt: null, parameters: {} }, signal);
	world.git('init', '-q', '-b', 'main');
	return { path, chain: [last, named, first], all: [first, named, last, result] };
}

const ids = async (world: TestWorld, path: string, service = world.service, results = false) =>
	(await service.list({ notebook: path, results, limit: 100 }, signal)).versions.map(({ id }) => id as CommitOid);
const offerOf = async (world: TestWorld, path: string, service = world.service) =>
	(await service.list({ notebook: path, results: false, limit: 1 }, signal)).offer;

inWorld(
	'a history that began before its folder was a repository is offered to move in, and moves with its ids',
	async (world) => {
		const { path, chain, all } = await begin(world);
		const offer = { repository: join(world.project, '.git'), store: join(world.state, 'versions.git') };
		assert.deepEqual(await offerOf(world, path), offer);
		assert.deepEqual((await world.service.open({ notebook: path, client: 'c' }, signal)).offer, offer);
		assert.deepEqual(await ids(world, path), chain, 'listed before');
		world.git('add', 'helper.py');
		world.git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'first');
		const before = world.untouched();

		const moved = await world.service.moveIn(path, signal);
		assert.deepEqual(moved, { repository: offer.repository, inProject: true, notebooks: [{ notebook: path, versions: 3 }] });
		assert.deepEqual(world.untouched(), before, 'nothing else of the repository changed');
		assert.equal(await offerOf(world, path), null);
		assert.deepEqual(await ids(world, path), chain);
		assert.equal((await ids(world, path, world.service, true)).length, 4, 'with the result');
		assert.equal(refsOf(world, 'labels').length, 1);
		assert.equal(refsOf(world, 'results').length, 1);
		for (const id of all) assert.ok((await world.service.readNotebook(id, path, signal)).length > 8000);
		assert.equal((await list(world, path))[1]?.label, 'best fit');

		world.write('night.ipynb', text('import helper # 4'));
		const { version } = await save(world, path);
		assert.equal(version.inProject, true);
		assert.deepEqual(version.parents, [chain[0]]);
		assert.deepEqual(await ids(world, path), [version.id, ...chain]);
		assert.equal(world.git('fsck', '--strict', '--no-dangling', '--no-progress'), '');
		assert.deepEqual((await world.service.moveIn(path, signal)).notebooks, [], 'again there is nothing to do');
	},
	false,
);

inWorld(
	'all notebooks of the folder move, also one that is gone, and none of a repository inside',
	async (world) => {
		const one = world.write('one.ipynb', text('x = 1'));
		const two = world.write('deep/two.ipynb', text('x = 2'));
		const gone = world.write('gone.ipynb', text('x = 3'));
		const inner = world.write('inner/own.ipynb', text('x = 4'));
		const versions = new Map<string, CommitOid>();
		for (const path of [one, two, gone, inner]) versions.set(path, idOf(await save(world, path)));
		rmSync(gone);
		world.git('init', '-q');
		world.git('init', '-q', 'inner');
		const moved = await world.service.moveIn(two, signal);
		assert.deepEqual(moved.notebooks.map(({ notebook }) => notebook).sort(), [two, gone, one].sort());
		assert.equal(moved.notebooks[0]?.notebook, two);
		for (const path of [one, two, gone, inner]) assert.deepEqual(await ids(world, path), [versions.get(path)]);
		assert.equal((await offerOf(world, inner))?.repository, join(world.project, 'inner', '.git'));
	},
	false,
);

inWorld(
	'where the repository begins further up, paths are those of the repository from then on',
	async (world) => {
		const { path, chain } = await begin(world);
		rmSync(join(world.project, '.git'), { recursive: true });
		const top = join(world.home, 'work');
		world.git('init', '-q', top);
		writeFileSync(join(top, 'night.ipynb'), text('another = 1'));
		await world.service.moveIn(path, signal);
		assert.deepEqual(await ids(world, path), chain);
		// A server whose store was lost finds it by the refs alone.
		assert.deepEqual(await ids(world, path, world.another()), chain);
		world.write('night.ipynb', text('import helper # 5'));
		const { version } = await world.another().keep({ notebook: path, reason: 'save' }, signal);
		assert.equal(version.notebook, 'project/night.ipynb');
		assert.deepEqual(version.parents, [chain[0]]);
		const tree = world.git('ls-tree', '-r', '--name-only', '--full-tree', version.id).split('\n');
		assert.deepEqual(
			tree.filter((name) => name !== '' && !name.startsWith('.nightlog/')),
			['project/helper.py', 'project/night.ipynb'],
			'nothing lies where it lay in the folder of before',
		);
		assert.equal(Buffer.from(await world.service.readNotebook(chain[2] as CommitOid, path, signal)).toString(), text('import helper # 1'));
	},
	false,
);

inWorld(
	'a server whose store was lost still knows of the history in the store of versions, and offers it',
	async (world) => {
		const { path, chain } = await begin(world);
		const after = world.another();
		assert.deepEqual(await ids(world, path, after), chain);
		assert.equal((await after.moveIn(path, signal)).notebooks.length, 1);
		assert.deepEqual(await ids(world, path), chain, 'the other one sees that it moved');
		assert.equal(await offerOf(world, path), null);
	},
	false,
);

inWorld(
	'what another server kept in the store meanwhile follows',
	async (world) => {
		const { path, chain } = await begin(world);
		const other = world.another();
		// It has looked, and knows the history to be in the store.
		assert.deepEqual(await ids(world, path, other), chain);
		world.write('night.ipynb', text('import helper # 6'));
		const results = await Promise.all([
			world.service.moveIn(path, signal),
			other.moveIn(path, signal),
			other.keep({ notebook: path, reason: 'keep' }, signal),
		]);
		const added = idOf(results[2]);
		assert.deepEqual(await ids(world, path), [added, ...chain]);
		assert.deepEqual(await ids(world, path, other), [added, ...chain]);
	},
	false,
);

inWorld(
	'a repository with SHA-256 cannot have the same ids: the history stays, and that is said',
	async (world) => {
		const { path, chain } = await begin(world);
		rmSync(join(world.project, '.git'), { recursive: true });
		world.git('init', '-q', '--object-format=sha256');
		assert.equal(await offerOf(world, path), null);
		assert.match((await world.service.open({ notebook: path, client: 'c' }, signal)).note ?? '', /stays there.*SHA-256/);
		assert.deepEqual((await world.service.moveIn(path, signal)).notebooks, []);
		assert.deepEqual(await ids(world, path), chain);
	},
	false,
);

inWorld('a notebook that began in the repository is offered nothing', async (world) => {
	const path = world.write('night.ipynb', text('x = 1'));
	const { version } = await save(world, path);
	assert.equal(version.offer, null);
	assert.deepEqual((await world.service.moveIn(path, signal)).notebooks, []);
	mkdirSync(join(world.home, 'other'));
	const outside = join(realpathSync(world.home), 'other', 'night.ipynb');
	writeFileSync(outside, text('x = 2'));
	assert.deepEqual((await world.service.moveIn(outside, signal)).notebooks, []);
});

class Killed extends Error {}

/** An engine whose repositories fail at the write of a number, before it or after it was done, as if the process had been killed there. */
function killedAt(
	world: TestWorld,
	at: number,
	when: 'before' | 'after',
): { engine: RepositoryEngine; writes: () => number; armed: { on: boolean } } {
	const real = createGitEngine(world.home, () => world.now);
	const armed = { on: false };
	let writes = 0;
	async function write<Result>(work: () => Promise<Result>): Promise<Result> {
		const dies = armed.on && ++writes === at;
		if (dies && when === 'before') throw new Killed();
		const result = await work();
		if (dies) throw new Killed();
		return result;
	}
	const wrap = (repository: Repository): Repository => ({
		...repository,
		changeRefs: (changes) => write(() => repository.changeRefs(changes)),
		maintain: (end) => write(() => repository.maintain(end)),
		begin() {
			const session = repository.begin();
			return { ...session, finish: () => write(() => session.finish()) };
		},
	});
	const engine: RepositoryEngine = {
		inspect: real.inspect,
		open: async (layout) => wrap(await real.open(layout)),
		openForReading: real.openForReading,
		createStore: async (folder) => wrap(await real.createStore(folder)),
	};
	return { engine, writes: () => writes, armed };
}

test('versions: a crash at any write of a move loses nothing, and the next move finishes it', async () => {
	let points = 0;
	for (const when of ['before', 'after'] as const) {
		for (let at = 1; ; at++) {
			const world = openWorld(false);
			try {
				const { path, chain } = await begin(world);
				const second = world.write('second.ipynb', text('y = 1'));
				rmSync(join(world.project, '.git'), { recursive: true });
				const other = idOf(await save(world, second));
				world.git('init', '-q');
				await world.service.dispose();
				const killed = killedAt(world, at, when);
				const dying = world.another(killed.engine);
				killed.armed.on = true;
				const died = await dying.moveIn(path, signal).then(
					() => false,
					(error: unknown) => {
						assert.ok(error instanceof Killed, String(error));
						return true;
					},
				);
				const next = world.another();
				assert.deepEqual(await ids(world, path, next), chain, `${when} write ${at}`);
				assert.deepEqual(await ids(world, second, next), [other], `${when} write ${at}`);
				await next.moveIn(path, signal);
				await next.moveIn(second, signal);
				for (const service of [next, world.another()]) {
					assert.deepEqual(await ids(world, path, service), chain);
					assert.deepEqual(await ids(world, second, service), [other]);
					assert.equal(await offerOf(world, path, service), null);
				}
				assert.equal(world.git('fsck', '--strict', '--no-dangling', '--no-progress'), '');
				if (!died) break;
				points += 1;
			} finally {
				await world.dispose();
			}
		}
	}
	assert.ok(points >= 8, `${points} points`);
});
