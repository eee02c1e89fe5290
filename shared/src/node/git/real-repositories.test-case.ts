import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { CommitOid } from '../../base/ids.ts';
import type { ObjectId, Repository, RepositoryLayout, Signature } from '../../versions/repository.ts';
import { looseAtMost } from './object-store.ts';

/** Runs the real `git`, as a person would. @throws when it fails */
export type RunRealGit = (folder: string, ...args: readonly string[]) => string;

/** A folder for one test, with a home of its own; nothing outside of it is read or written by `git`. */
export interface TestPlace {
	readonly folder: string;
	readonly git: RunRealGit;
	readonly write: (path: string, content: string | Uint8Array) => void;
	readonly dispose: () => void;
}

export const testAuthor: Signature = { name: 'Vera Rubin', email: 'vera@example.org', timeSeconds: 1_700_000_000, offsetMinutes: 60 };

/** Makes a place for one test. The environment of this process points into it, so that what is tested sees the same configuration as the real `git`. */
export function makePlace(): TestPlace {
	const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nightlog-test-')));
	const globalConfig = join(folder, 'global-config');
	writeFileSync(
		globalConfig,
		'[user]\n\tname = Vera\n\temail = vera@example.org\n[init]\n\tdefaultBranch = main\n[protocol "file"]\n\tallow = always\n',
	);
	process.env.GIT_CONFIG_GLOBAL = globalConfig;
	process.env.GIT_CONFIG_NOSYSTEM = '1';
	const environment = { PATH: process.env.PATH ?? '', HOME: folder, GIT_CONFIG_GLOBAL: globalConfig, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };
	return {
		folder,
		git: (cwd, ...args) =>
			execFileSync('git', args, { cwd, env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 28 }),
		write(path, content) {
			mkdirSync(dirname(path), { recursive: true });
			writeFileSync(path, content);
		},
		dispose: () => rmSync(folder, { recursive: true, force: true }),
	};
}

/** A repository with two commits, a branch, a tag, a changed, a staged, an ignored and an untracked file. Returns its folder. */
export function makeWorkingRepository(place: TestPlace, name: string, initArguments: readonly string[] = []): string {
	const folder = join(place.folder, name);
	place.git(place.folder, 'init', '--quiet', ...initArguments, folder);
	fillRepository(place, folder);
	return folder;
}

/** The same, without any change that no commit has. */
export function makeCleanRepository(place: TestPlace, name: string): string {
	const folder = makeWorkingRepository(place, name);
	place.git(folder, 'reset', '--hard', '-q');
	place.git(folder, 'clean', '-fdxq');
	return folder;
}

/** The commits and files of `makeWorkingRepository`. */
export function fillRepository(place: TestPlace, folder: string): void {
	place.write(join(folder, '.gitignore'), '*.log\n');
	place.write(join(folder, 'analysis.ipynb'), '{"cells": []}\n');
	place.write(join(folder, 'lib/tools.py'), 'def one():\n    return 1\n');
	place.write(join(folder, 'data/staged.txt'), 'first\n');
	place.git(folder, 'add', '-A');
	place.git(folder, 'commit', '-qm', 'first');
	place.write(join(folder, 'lib/more.py'), 'two = 2\n');
	place.git(folder, 'add', '-A');
	place.git(folder, 'commit', '-qm', 'second');
	place.git(folder, 'branch', 'other', 'HEAD~1');
	place.git(folder, 'tag', '-am', 'annotated', 'v1');
	dirtyWorkingTree(place, folder);
}

/** Changes that no commit has: one on disk, one staged, one untracked, one ignored. */
export function dirtyWorkingTree(place: TestPlace, folder: string): void {
	place.write(join(folder, 'lib/tools.py'), 'def one():\n    return 11\n');
	place.write(join(folder, 'data/staged.txt'), 'second\n');
	place.git(folder, 'add', '--', 'data/staged.txt');
	place.write(join(folder, 'new file "x".txt'), 'untracked\n');
	place.write(join(folder, 'noise.log'), 'ignored\n');
}

/** Everything that lies in some folders: kind, mode and content by path; for what Nightlog must not touch also the time. */
export function snapshot(folders: readonly string[]): ReadonlyMap<string, string> {
	const found = new Map<string, string>();
	function walk(path: string): void {
		const stats = lstatSync(path, { bigint: true });
		if (stats.isDirectory()) {
			found.set(path, `folder ${stats.mode} ${stats.uid}`);
			for (const name of readdirSync(path)) walk(join(path, name));
		} else if (stats.isSymbolicLink()) {
			found.set(path, `link ${readlinkSync(path)}`);
		} else {
			const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
			found.set(path, `file ${stats.mode} ${stats.uid} ${stats.mtimeNs} ${digest}`);
		}
	}
	for (const folder of folders) walk(folder);
	return found;
}

/** Fails when anything is gone, changed or new, apart from new objects, our refs and our own folder in the Git directory. */
export function assertUndisturbed(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>, commonDir: string): void {
	const isOurs = (path: string): boolean => {
		const inside = relative(commonDir, path);
		return (
			/^(?:nightlog|refs\/nightlog)(?:\/|$)/.test(inside) ||
			/^objects\/(?:[0-9a-f]{2}(?:\/[0-9a-f]{38}|\/[0-9a-f]{62})?|pack\/pack-[0-9a-f]+\.(?:pack|idx|rev))$/.test(inside)
		);
	};
	const differences: string[] = [];
	for (const [path, fact] of before) if (after.get(path) !== fact) differences.push(`${path}: ${fact} -> ${after.get(path) ?? 'gone'}`);
	for (const path of after.keys()) if (!before.has(path) && !isOurs(path)) differences.push(`${path}: is new`);
	assert.deepEqual(differences, []);
}

/** What `git` says of refs that are not ours, and of all reflogs. */
export function foreignRefs(place: TestPlace, folder: string): string {
	const refs = place
		.git(folder, 'for-each-ref')
		.split('\n')
		.filter((line) => !line.includes('refs/nightlog/'));
	return [...refs, place.git(folder, 'reflog', 'show', '--all')].join('\n');
}

/** `git fsck --strict`, which must find nothing. */
export function assertSound(place: TestPlace, folder: string): void {
	const output = place.git(folder, 'fsck', '--strict', '--full', '--no-dangling', '--no-progress');
	assert.equal(output.trim(), '', 'git fsck found something');
}

/** Keeps one version as the versions part does: notebook, a folder, a record, a commit, and the ref moved. */
export async function keepVersion(repository: Repository, ref: string, content: string): Promise<CommitOid> {
	const tip = (await repository.readRef(ref)) as CommitOid | null;
	const session = repository.begin();
	const record = session.tree([{ name: 'version.json', mode: '100644', oid: session.blob(Buffer.from(JSON.stringify({ content }))) }]);
	const notebook = session.blob(Buffer.from(content));
	const tree = session.tree([
		{ name: 'analysis.ipynb', mode: '100644', oid: notebook },
		{ name: '.nightlog', mode: '40000', oid: record },
	]);
	const message = `Kept on save\n\n${content.slice(0, 40)}\n`;
	const oid = session.commit({ tree, parents: tip === null ? [] : [tip], author: testAuthor, committer: testAuthor, message });
	await session.finish();
	await repository.changeRefs([{ ref, from: tip, to: oid }]);
	return oid;
}

/** Writes blobs in parts that are so small that they stay loose. */
export async function writeLooseBlobs(repository: Repository, texts: readonly string[]): Promise<ObjectId[]> {
	const oids: ObjectId[] = [];
	for (let at = 0; at < texts.length; at += looseAtMost) {
		const session = repository.begin();
		oids.push(...texts.slice(at, at + looseAtMost).map((text) => session.blob(Buffer.from(text))));
		await session.finish();
	}
	return oids;
}

/** Folders that a layout's repository consists of. */
export function foldersOf(layout: RepositoryLayout): string[] {
	return [...new Set([layout.gitDir, layout.commonDir, ...(layout.workTree === null ? [] : [layout.workTree])])];
}

/** Gives a folder and all in it to another user. */
export function giveAway(path: string): void {
	if (process.getuid?.() !== 0) throw new Error('this test gives files to another user, which only root may: run it as root, as the README says');
	for (const entry of [path, ...readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name))]) {
		if (!lstatSync(entry).isSymbolicLink()) chownSync(entry, 65_534, 65_534);
	}
}
