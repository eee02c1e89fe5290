// Two servers with stores of their own keep versions of one notebook in one repository at the same time, while Git packs it.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Version } from '@nightlog/shared/versions/version-schema';
import { makeNotebook } from '../bench/notebooks.ts';
import { accountEnvironment, startServer, type TestServer } from '../support/start-server.ts';

/** How many each of the two keeps. */
const each = Number(process.env.NIGHTLOG_VERSIONS ?? 1000);
const counted = { kept: 0, lost: 0, doubled: 0, stuck: 0 };
let folder: string;
let servers: TestServer[] = [];

before(async () => {
	folder = mkdtempSync(path.join(os.tmpdir(), 'nightlog-writers-'));
	servers = await Promise.all([startServer(), startServer()]);
});
after(async () => {
	for (const server of servers) await server.dispose();
	rmSync(folder, { recursive: true, force: true });
	process.stdout.write(`two processes kept ${counted.kept} versions: lost: ${counted.lost}, doubled: ${counted.doubled}, stuck: ${counted.stuck}\n`);
	assert.deepEqual([counted.lost, counted.doubled, counted.stuck], [0, 0, 0]);
});

const textOf = (writer: number, number: number) => makeNotebook([{ source: `writer = ${writer}\nnumber = ${number}` }]);

function git(project: string, words: readonly string[], input?: string): Buffer {
	const env = accountEnvironment(servers[0]!.home);
	return execFileSync('git', [...words], {
		cwd: project,
		env,
		maxBuffer: 2 ** 30,
		stdio: ['pipe', 'pipe', 'ignore'],
		...(input === undefined ? {} : { input }),
	});
}

async function listAll(server: TestServer, notebook: string): Promise<Version[]> {
	const versions: Version[] = [];
	for (let cursor: string | null = ''; cursor !== null; ) {
		const query: string = `notebook=${encodeURIComponent(notebook)}&limit=500${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
		const answer = await server.call(`/v1/versions?${query}`);
		assert.equal(answer.status, 200, answer.bytes.toString());
		const page = answer.json<{ versions: Version[]; next: string | null }>();
		versions.push(...page.versions);
		cursor = page.next;
	}
	return versions;
}

/** Keeps `count` versions by each server, all at once, and holds what is there against what was answered. */
async function keepByTwo(project: string, count: number, inside = 'shared.ipynb'): Promise<void> {
	const notebook = path.join(project, inside);
	const answered = new Map<string, string>();
	await Promise.all(
		servers.map(async (server, writer) => {
			for (let number = 0; number < count; number++) {
				const text = textOf(writer, number);
				const keep = () => server.post<Version>('/v1/versions', { notebook, content: text, reason: 'keep' });
				let kept = await keep();
				// Whoever holds the lock may be held up by the machine: that is said, and nothing was kept.
				for (const until = performance.now() + 60_000; kept.status === 503 && performance.now() < until; ) kept = await keep();
				assert.equal(kept.status, 201, `writer ${writer}, version ${number}: ${JSON.stringify(kept.body)}`);
				assert.ok(!answered.has(kept.body.id), 'an id was given out twice');
				answered.set(kept.body.id, text);
			}
		}),
	);
	counted.kept += answered.size;
	for (const server of servers) {
		const listed = (await listAll(server, notebook)).map(({ id }) => id);
		const missing = [...answered.keys()].filter((id) => !listed.includes(id));
		counted.lost += missing.length;
		counted.doubled += listed.length - new Set(listed).size;
		assert.deepEqual(missing, [], `versions that are not listed, of ${answered.size}`);
		assert.equal(new Set(listed).size, listed.length);
	}
	const all = git(project, ['cat-file', '--batch'], `${[...answered.keys()].map((id) => `${id}:${inside}`).join('\n')}\n`).toString();
	for (const [id, text] of answered) if (!all.includes(text)) assert.fail(`version ${id} does not hold what was kept`);
	git(project, ['fsck', '--strict', '--full']);
}

function makeProject(name: string): string {
	const project = path.join(folder, name);
	mkdirSync(project);
	writeFileSync(path.join(project, 'shared.ipynb'), makeNotebook([{ source: '# begun' }]));
	git(project, ['init', '-q']);
	git(project, ['add', '-A']);
	git(project, ['commit', '-q', '-m', 'begin']);
	return project;
}

/** Has `git` pack in these ways, by turns, as long as `work` takes. */
async function whilePacked(project: string, ways: readonly (readonly string[])[], work: () => Promise<void>): Promise<void> {
	let packing = true;
	const packer = (async () => {
		for (let turn = 0; packing; turn++) {
			const words = ways[turn % ways.length] ?? [];
			const child = spawn('git', [...words], { cwd: project, env: accountEnvironment(servers[0]!.home), stdio: 'ignore' });
			await new Promise((resolve) => child.once('exit', resolve));
			await new Promise((resolve) => setTimeout(resolve, 1000 / ways.length));
		}
	})();
	try {
		await work();
	} finally {
		packing = false;
		await packer;
	}
}

describe('two processes that keep versions of one notebook', () => {
	test(`${each} each are ${2 * each}, and Git's packing takes none`, async () => {
		const project = makeProject('many');
		await whilePacked(project, [['gc', '--quiet']], async () => await keepByTwo(project, each));
		assert.equal(git(project, ['status', '--porcelain']).toString(), '');
	});

	test('in a deep folder, where each version is a pack, beside a git repack that leaves out what nothing reaches', async () => {
		const project = makeProject('deep');
		const inside = 'a/b/c/d/e/f/shared.ipynb';
		mkdirSync(path.dirname(path.join(project, inside)), { recursive: true });
		writeFileSync(path.join(project, inside), makeNotebook([{ source: '# begun' }]));
		const ways = [
			['repack', '-adq'],
			['repack', '-adq'],
			['gc', '--quiet'],
		];
		await whilePacked(project, ways, async () => await keepByTwo(project, Math.ceil(each / 5), inside));
		const packs = readdirSync(path.join(project, '.git/objects/pack'));
		assert.ok(packs.filter((name) => name.endsWith('.pack')).length < 50, packs.join('\n'));
	});

	test('the very first version, made by both at the same moment', async () => {
		for (let round = 0; round < 10; round++) await keepByTwo(makeProject(`first-${round}`), 1);
	});

	test('in a folder without a repository, each in its own store', async () => {
		const project = path.join(folder, 'plain');
		mkdirSync(project);
		const notebook = path.join(project, 'shared.ipynb');
		writeFileSync(notebook, makeNotebook([{ source: '# begun' }]));
		for (const [writer, server] of servers.entries()) {
			const kept = await server.post<Version>('/v1/versions', { notebook, content: textOf(writer, 0), reason: 'keep' });
			assert.equal(kept.status, 201);
			assert.deepEqual(
				(await listAll(server, notebook)).map(({ id }) => id),
				[kept.body.id],
			);
		}
	});
});
