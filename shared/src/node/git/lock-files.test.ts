import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { isNightlogError } from '../../base/nightlog-error.ts';
import { patientCalls } from './file-calls.ts';
import { LockFiles } from './lock-files.ts';
import { OwnRecords } from './own-records.ts';
import { formatIdentity, hasEnded, ownIdentity, parseIdentity } from './process-identity.ts';

interface Place {
	readonly folder: string;
	readonly locks: LockFiles;
	readonly target: string;
	readonly lock: string;
}

function row(name: string, run: (place: Place) => Promise<void>): void {
	test(name, async () => {
		const folder = mkdtempSync(join(tmpdir(), 'nightlog-test-'));
		let made = 0;
		try {
			const target = join(folder, 'ref');
			await run({ folder, locks: new LockFiles(new OwnRecords(folder, null), null, () => `n${made++}`), target, lock: `${target}.lock` });
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
}

const noFolder = async (): Promise<void> => assert.fail('the folder is there');

row('a lock that is committed puts its content in place and leaves nothing', async ({ folder, locks, target }) => {
	const claim = await locks.claim('content\n');
	const held = await locks.acquire(target, claim, noFolder);
	assert.equal(existsSync(held.path), true);
	await held.commit();
	await locks.drop(claim);
	assert.equal(readFileSync(target, 'utf8'), 'content\n');
	assert.deepEqual(readdirSync(folder).sort(), ['nightlog', 'ref']);
	assert.deepEqual(readdirSync(join(folder, 'nightlog')), []);
});

row('a lock that is released changes nothing and leaves nothing', async ({ folder, locks, target }) => {
	writeFileSync(target, 'before\n');
	const claim = await locks.claim('after\n');
	const held = await locks.acquire(target, claim, noFolder);
	await held.release();
	await locks.drop(claim);
	assert.equal(readFileSync(target, 'utf8'), 'before\n');
	assert.deepEqual(readdirSync(folder).sort(), ['nightlog', 'ref']);
	assert.deepEqual(readdirSync(join(folder, 'nightlog')), []);
});

row("a lock of somebody else's is waited for, named, and never taken, however old", async ({ locks, target, lock }) => {
	writeFileSync(lock, '');
	utimesSync(lock, 1, 1);
	const claim = await locks.claim('x');
	await assert.rejects(
		locks.acquire(target, claim, noFolder),
		(error) => isNightlogError(error, 'repository/busy') && error.retryable && error.data.lockFile === lock,
	);
	assert.equal(existsSync(lock), true);
	await locks.drop(claim);
});

row('a lock that comes free is had', async ({ locks, target }) => {
	const first = await locks.acquire(target, await locks.claim('first'), noFolder);
	const second = locks.acquire(target, await locks.claim('second'), noFolder);
	await first.commit();
	await (await second).commit();
	assert.equal(readFileSync(target, 'utf8'), 'second');
});

/** The name of a process that has ended. */
async function endedIdentity(): Promise<string> {
	const own = await ownIdentity();
	const { pid } = spawnSync(process.execPath, ['--version']);
	return formatIdentity({ ...own, pid: pid ?? 0 });
}

function abandon({ folder, lock }: Place, identity: string): string {
	const claim = join(folder, 'nightlog', `claim-${identity}-x`);
	mkdirSync(join(folder, 'nightlog'), { recursive: true });
	writeFileSync(claim, 'never written\n');
	linkSync(claim, lock);
	return claim;
}

row('a lock of ours whose process was killed is taken over at once', async (place) => {
	const claim = abandon(place, await endedIdentity());
	const held = await place.locks.acquire(place.target, await place.locks.claim('next'), noFolder);
	await held.commit();
	assert.equal(readFileSync(place.target, 'utf8'), 'next');
	assert.equal(existsSync(claim), false);
});

row('a lock of ours on another machine is waited for', async (place) => {
	const own = await ownIdentity();
	abandon(place, formatIdentity({ ...own, place: '0123456789abcdef' }));
	const claim = await place.locks.claim('next');
	await assert.rejects(place.locks.acquire(place.target, claim, noFolder), (error) => isNightlogError(error, 'repository/busy'));
	assert.equal(existsSync(place.lock), true);
});

row('a lock of a process that runs is waited for', async (place) => {
	abandon(place, formatIdentity(await ownIdentity()));
	const claim = await place.locks.claim('next');
	await assert.rejects(place.locks.acquire(place.target, claim, noFolder), (error) => isNightlogError(error, 'repository/busy'));
});

row('of many who find an abandoned lock, one at a time has it', async (place) => {
	abandon(place, await endedIdentity());
	let inside = 0;
	let most = 0;
	await Promise.all(
		Array.from({ length: 12 }, async (_, index) => {
			const claim = await place.locks.claim(`${index}`);
			const held = await place.locks.acquire(place.target, claim, noFolder);
			inside += 1;
			most = Math.max(most, inside);
			await new Promise((resolve) => setImmediate(resolve));
			inside -= 1;
			await held.commit();
			await place.locks.drop(claim);
		}),
	);
	assert.equal(most, 1);
	assert.deepEqual(readdirSync(join(place.folder, 'nightlog')), []);
});

row('claims of killed processes that lock nothing are swept away, those of others are not', async (place) => {
	const own = await ownIdentity();
	const names = [await endedIdentity(), formatIdentity(own), formatIdentity({ ...own, place: '0123456789abcdef' })].map(
		(identity) => `claim-${identity}-x`,
	);
	mkdirSync(join(place.folder, 'nightlog'));
	for (const name of [...names, 'claim-strange', 'objects']) writeFileSync(join(place.folder, 'nightlog', name), '');
	await place.locks.sweep();
	assert.deepEqual(readdirSync(join(place.folder, 'nightlog')).sort(), [...names.slice(1), 'claim-strange', 'objects'].sort());
});

row('where there are no hard links a lock is made as git makes it', async ({ folder, target, lock }) => {
	let made = 0;
	const refuse = async () => {
		throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
	};
	const locks = new LockFiles(new OwnRecords(folder, null), null, () => `m${made++}`, { ...patientCalls, link: refuse });
	const claims = [await locks.claim('first'), await locks.claim('second')] as const;
	const first = await locks.acquire(target, claims[0], noFolder);
	await assert.rejects(locks.acquire(target, claims[1], noFolder), (error) => isNightlogError(error, 'repository/busy'));
	await first.commit();
	const second = await locks.acquire(target, claims[1], noFolder);
	assert.equal(existsSync(lock), true);
	await second.release();
	for (const claim of claims) await locks.drop(claim);
	assert.equal(readFileSync(target, 'utf8'), 'first');
	assert.deepEqual([readdirSync(folder).sort(), readdirSync(join(folder, 'nightlog'))], [['nightlog', 'ref'], []]);
});

for (const hasLinks of [true, false]) {
	row(`a lock that was held for too long is given back, as long as it is ours, ${hasLinks ? 'with' : 'without'} hard links`, async (place) => {
		const link = async () => {
			throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
		};
		let made = 0;
		const calls = { ...patientCalls, ...(hasLinks ? {} : { link }) };
		const locks = new LockFiles(new OwnRecords(place.folder, null), null, () => `m${made++}`, calls);
		const now = performance.now();
		const time = mock.method(performance, 'now', () => now);
		try {
			for (const isOurs of [true, false]) {
				const held = await locks.acquire(place.target, await locks.claim('x'), noFolder);
				time.mock.mockImplementation(() => now + 120_000);
				await assert.rejects(held.commit(), (error) => isNightlogError(error, 'repository/busy'));
				if (!isOurs) {
					writeFileSync(`${place.lock}.new`, "another's");
					renameSync(`${place.lock}.new`, place.lock);
				}
				await held.release();
				assert.equal(existsSync(place.lock), !isOurs);
				time.mock.mockImplementation(() => now);
			}
		} finally {
			time.mock.restore();
		}
	});
}

row('the folder of a lock is made on demand', async ({ folder, locks }) => {
	const target = join(folder, 'deep/er/ref');
	const held = await locks.acquire(target, await locks.claim('x'), async () => {
		mkdirSync(join(folder, 'deep/er'), { recursive: true });
	});
	await held.commit();
	assert.equal(readFileSync(target, 'utf8'), 'x');
});

test('a process is known again by its pid and its start', async () => {
	const own = await ownIdentity();
	assert.deepEqual(parseIdentity(formatIdentity(own)), own);
	assert.equal(parseIdentity('strange'), null);
	assert.equal(await hasEnded(own, own), false);
	assert.equal(await hasEnded({ ...own, start: '1' }, own), process.platform === 'linux', 'the pid was given to another process');
	assert.equal(await hasEnded({ ...own, pid: 0 }, own), false);
});
