import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createNotebookWatch, type NotebookWatch, type SaveOutcome } from './watch-notebooks.ts';

/** A watch on one folder, whose time goes by only when the test says so. */
interface Watching {
	readonly file: string;
	readonly watch: NotebookWatch;
	/** What was asked to be kept, as `<editor>` or `<editor> even if broken`. */
	readonly asked: string[];
	readonly watchedFolders: Set<string>;
	outcome: SaveOutcome;
	now: number;
	write(text: string): void;
	/** The operating system tells of a change. */
	tell(name: string | null): void;
	/** Time goes by, and what began is done. */
	pass(milliseconds: number): Promise<void>;
}

function inFolder(name: string, run: (world: Watching) => Promise<void>, options: { canWatch?: boolean } = {}): void {
	test(`watching: ${name}`, async (context: TestContext) => {
		context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
		const folder = mkdtempSync(join(tmpdir(), 'nightlog-watch-'));
		const file = join(folder, 'night.ipynb');
		const listeners = new Map<string, (name: string | null) => void>();
		let running: Promise<unknown> = Promise.resolve();
		/** What the watch waits for, `pass` waits for too, and for what follows at once. */
		function during<Result>(work: Promise<Result>): Promise<Result> {
			running = Promise.all([running, work]).then(() => Promise.resolve());
			return work;
		}
		const world: Watching = {
			file,
			asked: [],
			watchedFolders: new Set(),
			outcome: 'done',
			now: 0,
			write: (text) => writeFileSync(file, text),
			tell: (changed) => listeners.get(folder)?.(changed),
			async pass(milliseconds) {
				for (let left = milliseconds; left > 0; left -= 500) {
					const step = Math.min(500, left);
					world.now += step;
					context.mock.timers.tick(step);
					for (let before: unknown = null; before !== running; ) {
						before = running;
						await running;
					}
				}
			},
			watch: createNotebookWatch({
				clock: () => world.now,
				keep: async (kept, editor, evenIfBroken) => {
					assert.equal(kept, file);
					world.asked.push(`${editor}${evenIfBroken ? ' even if broken' : ''}`);
					return during(Promise.resolve(world.outcome));
				},
				lookAt: (looked) => during(stat(looked, { bigint: true }).catch(() => null)),
				log: () => undefined,
				watchFolder(watched, onChange) {
					if (options.canWatch === false) throw new Error('ENOSPC');
					world.watchedFolders.add(watched);
					listeners.set(watched, onChange);
					return {
						close() {
							world.watchedFolders.delete(watched);
							listeners.delete(watched);
						},
					};
				},
			}),
		};
		try {
			writeFileSync(file, 'first');
			await run(world);
		} finally {
			await world.watch.dispose();
			assert.equal(world.watchedFolders.size, 0);
			rmSync(folder, { recursive: true });
		}
	});
}

const facts = (file: string) => stat(file, { bigint: true });

inFolder('a notebook that is opened is not kept before it is saved', async ({ watch, file, pass, asked }) => {
	watch.open(file, 'c', 'lab', await facts(file));
	await pass(5000);
	assert.deepEqual(asked, []);
});

inFolder('a save is kept once, though several events tell of it', async ({ watch, file, pass, asked, write, tell }) => {
	watch.open(file, 'c', 'lab', await facts(file));
	write('second');
	for (let event = 0; event < 5; event++) tell('night.ipynb');
	await pass(5000);
	assert.deepEqual(asked, ['lab']);
});

inFolder('other files of the folder are none of its business', async ({ watch, file, pass, asked, write, tell }) => {
	watch.open(file, 'c', 'lab', await facts(file));
	write('second');
	tell('other.ipynb');
	await pass(100);
	assert.deepEqual(asked, []);
	tell(null);
	await pass(100);
	assert.deepEqual(asked, ['lab']);
});

inFolder('a save by rename is seen', async ({ watch, file, pass, asked, tell }) => {
	watch.open(file, 'c', 'lab', await facts(file));
	writeFileSync(`${file}.tmp`, 'first');
	renameSync(`${file}.tmp`, file);
	tell('night.ipynb');
	await pass(100);
	assert.deepEqual(asked, ['lab']);
});

inFolder(
	'a save is seen where nothing tells of it',
	async ({ watch, file, pass, asked, write }) => {
		watch.open(file, 'c', 'lab', await facts(file));
		write('second');
		await pass(2100);
		assert.deepEqual(asked, ['lab']);
	},
	{ canWatch: false },
);

inFolder('what changed while nobody looked is kept at once', async ({ watch, file, pass, asked }) => {
	watch.open(file, 'c', 'lab', null);
	await pass(100);
	assert.deepEqual(asked, ['lab']);
	watch.open(file, 'c', 'lab', null);
	await pass(5000);
	assert.deepEqual(asked, ['lab']);
});

inFolder('a half-written file is waited for', async (world) => {
	const { watch, file, pass, asked, write, tell } = world;
	watch.open(file, 'c', 'lab', await facts(file));
	world.outcome = 'half-written';
	write('sec');
	tell('night.ipynb');
	await pass(1000);
	assert.deepEqual(asked, ['lab']);
	world.outcome = 'done';
	write('second');
	tell('night.ipynb');
	await pass(5000);
	assert.deepEqual(asked, ['lab', 'lab']);
});

inFolder('what stays broken is kept as it is', async (world) => {
	const { watch, file, pass, asked, write, tell } = world;
	watch.open(file, 'c', 'lab', await facts(file));
	world.outcome = 'half-written';
	write('broken');
	tell('night.ipynb');
	await pass(1000);
	world.outcome = 'done';
	await pass(10_000);
	assert.deepEqual(asked, ['lab', 'lab even if broken']);
});

inFolder('what could not be kept is tried again, less and less often', async (world) => {
	const { watch, file, pass, asked, write, tell } = world;
	watch.open(file, 'c', 'lab', await facts(file));
	world.outcome = 'failed';
	write('second');
	tell('night.ipynb');
	await pass(60_000);
	assert.ok(asked.length >= 4 && asked.length <= 8, String(asked.length));
	world.outcome = 'done';
	await pass(65_000);
	const { length } = asked;
	await pass(20_000);
	assert.equal(asked.length, length);
});

inFolder('a file that is gone is not kept, and seen when it is back', async ({ watch, file, pass, asked, write, tell }) => {
	watch.open(file, 'c', 'lab', await facts(file));
	rmSync(file);
	tell('night.ipynb');
	await pass(3000);
	assert.deepEqual(asked, []);
	write('again');
	tell('night.ipynb');
	await pass(100);
	assert.deepEqual(asked, ['lab']);
});

inFolder('two windows show it until both are closed', async ({ watch, file, pass, asked, write, watchedFolders }) => {
	watch.open(file, 'one', 'lab', await facts(file));
	watch.open(file, 'two', 'code', await facts(file));
	watch.close(file, 'one');
	assert.equal(watchedFolders.size, 1);
	write('second');
	await pass(2100);
	assert.deepEqual(asked, ['code']);
	watch.close(file, 'two');
	assert.equal(watchedFolders.size, 0);
	await pass(100); // the look at what was saved just before is over
	write('third');
	await pass(5000);
	assert.deepEqual(asked, ['code']);
});

inFolder('a save just before the window closed counts', async ({ watch, file, pass, asked, write }) => {
	watch.open(file, 'c', 'lab', await facts(file));
	write('second');
	watch.close(file, 'c');
	await pass(100);
	assert.deepEqual(asked, ['lab']);
});

inFolder('a window that says nothing for ten minutes has gone', async ({ watch, file, pass, watchedFolders }) => {
	watch.open(file, 'c', 'lab', await facts(file));
	await pass(590_000);
	assert.equal(watchedFolders.size, 1);
	watch.open(file, 'c', null, null);
	await pass(590_000);
	assert.equal(watchedFolders.size, 1);
	await pass(20_000);
	assert.equal(watchedFolders.size, 0);
});
