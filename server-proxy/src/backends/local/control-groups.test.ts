import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { findControlGroups, makeJobGroups, removeJobGroups, wasOutOfMemory } from './control-groups.ts';

// What it reads of version 2 was recorded on Linux 6.1 with all controllers there (cgroups(7)), as root and in a subtree that a person was given.
describe('control groups', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-groups-'));
	after(() => rmSync(root, { recursive: true }));
	let made = 0;
	/** A hierarchy whose groups hand these controllers down to their children. */
	const hierarchy = (groups: Readonly<Record<string, string>>) => {
		const mount = path.join(root, `a mount ${made++}`);
		for (const [group, handedDown] of Object.entries(groups)) {
			mkdirSync(path.join(mount, group), { recursive: true });
			writeFileSync(path.join(mount, group, 'cgroup.procs'), '');
			writeFileSync(path.join(mount, group, 'cgroup.subtree_control'), handedDown);
		}
		return mount;
	};
	const line = (mount: string, type: string, options: string) => `none ${mount.replaceAll(' ', '\\040')} ${type} rw,${options} 0 0\n`;
	const find = (membership: string, mounts: string) => findControlGroups({ membership, mounts });

	test('of version 2 are made beside the server’s own, where its controllers are handed down', () => {
		const mount = hierarchy({ '': 'cpu memory pids\n', 'server.scope': '\n' });
		const groups = find('0::/server.scope\n', line(mount, 'cgroup2', 'nsdelegate'));
		assert.deepEqual(groups, { memory: { parent: mount, version: 2 }, cpu: { parent: mount, version: 2 } });
	});
	describe('of version 2 in what a person was given', () => {
		const inSlices = (user: string, app: string) => {
			const slices = { '': 'cpu memory\n', 'user.slice': user, 'user.slice/app.slice': app, 'user.slice/app.slice/jupyter': '\n' };
			const mount = hierarchy(slices);
			const groups = find('0::/user.slice/app.slice/jupyter\n', line(mount, 'cgroup2', 'relatime'));
			return { groups, user: path.join(mount, 'user.slice'), app: path.join(mount, 'user.slice', 'app.slice') };
		};
		test('are one where both controllers came with it, as a process is in one group only', () => {
			const { groups, user } = inSlices('cpu memory\n', 'memory pids\n');
			assert.deepEqual(groups, { memory: { parent: user, version: 2 }, cpu: { parent: user, version: 2 } });
			const { entries, problems } = makeJobGroups(groups, 'nl-job', { cpus: 1, memoryBytes: 100_000_000 });
			assert.deepEqual([entries, problems], [[path.join(user, 'nl-job', 'cgroup.procs')], []]);
		});
		test('are the nearest where both came with more than one', () => {
			const { groups, app } = inSlices('cpu memory\n', 'cpu memory\n');
			assert.deepEqual(groups, { memory: { parent: app, version: 2 }, cpu: { parent: app, version: 2 } });
		});
		test('limit memory alone where no group has both', () => {
			const mount = hierarchy({ '': 'cpu\n', 'user.slice': 'memory\n', 'user.slice/jupyter': '\n' });
			const groups = find('0::/user.slice/jupyter\n', line(mount, 'cgroup2', 'relatime'));
			assert.deepEqual(groups, { memory: { parent: path.join(mount, 'user.slice'), version: 2 }, cpu: null });
		});
		test('limit what came with it where the other did not', () => {
			const mount = hierarchy({ '': 'cpu\n', 'user.slice': '\n' });
			const groups = find('0::/user.slice\n', line(mount, 'cgroup2', 'relatime'));
			assert.deepEqual(groups, { memory: null, cpu: { parent: mount, version: 2 } });
		});
	});
	test('of version 2 are not there where nothing is handed down', () => {
		const mount = hierarchy({ '': '\n', 'server.scope': '\n' });
		assert.deepEqual(find('0::/server.scope\n', line(mount, 'cgroup2', 'relatime')), { memory: null, cpu: null });
		assert.deepEqual(find('0::/gone\n', line(mount, 'cgroup2', 'relatime')), { memory: null, cpu: null });
		assert.deepEqual(find('', ''), { memory: null, cpu: null });
	});
	test('of version 1 stand beside an empty version 2, below the server’s own of each controller', () => {
		const [unified, memory, cpu] = [hierarchy({ '': 'hugetlb\n' }), hierarchy({ 'own/deep': '' }), hierarchy({ '': '' })];
		const mounts = line(unified, 'cgroup2', 'relatime') + line(memory, 'cgroup', 'memory') + line(cpu, 'cgroup', 'cpu,cpuacct');
		assert.deepEqual(find('5:cpu,cpuacct:/not-in-sight\n4:memory:/own/deep\n0::/\n', mounts), {
			memory: { parent: path.join(memory, 'own', 'deep'), version: 1 },
			cpu: { parent: cpu, version: 1 },
		});
	});
	test('are not there where a group cannot be entered', () => {
		const mount = hierarchy({ '': 'memory\n' });
		rmSync(path.join(mount, 'cgroup.procs'));
		assert.deepEqual(find('0::/\n', line(mount, 'cgroup2', 'relatime')), { memory: null, cpu: null });
	});

	test('of version 2 hold a job to what it asked for, in one group', () => {
		const mount = hierarchy({ '': 'cpu memory\n' });
		const groups = find('0::/\n', line(mount, 'cgroup2', 'relatime'));
		const { entries, problems } = makeJobGroups(groups, 'nl-job', { cpus: 0.25, memoryBytes: 100_000_000 });
		const group = path.join(mount, 'nl-job');
		assert.deepEqual([entries, problems], [[path.join(group, 'cgroup.procs')], []]);
		const limits = ['memory.max', 'memory.swap.max', 'cpu.max'].map((file) => readFileSync(path.join(group, file), 'utf8'));
		assert.deepEqual(limits, ['100000000', '0', '25000 100000']);
		assert.deepEqual(makeJobGroups(groups, 'nl-other', { cpus: null, memoryBytes: null }), { entries: [], problems: [] });
	});
	test('of version 2 say when memory was used up', () => {
		const mount = hierarchy({ '': 'memory\n', 'nl-job': '\n' });
		const groups = find('0::/\n', line(mount, 'cgroup2', 'relatime'));
		const say = (text: string) => writeFileSync(path.join(mount, 'nl-job', 'memory.events'), text);
		say('low 0\nhigh 0\nmax 28\noom 0\noom_kill 0\noom_group_kill 0\n');
		assert.equal(wasOutOfMemory(groups, 'nl-job'), false);
		say('low 0\nhigh 0\nmax 71\noom 1\noom_kill 1\noom_group_kill 0\n');
		assert.equal(wasOutOfMemory(groups, 'nl-job'), true);
		assert.equal(wasOutOfMemory(groups, 'nl-gone'), false);
	});
	test('are removed, and once more without harm', () => {
		const mount = hierarchy({ '': 'memory\n' });
		const groups = find('0::/\n', line(mount, 'cgroup2', 'relatime'));
		mkdirSync(path.join(mount, 'nl-job'));
		removeJobGroups(groups, 'nl-job');
		removeJobGroups(groups, 'nl-job');
		assert.throws(() => readFileSync(path.join(mount, 'nl-job', 'cgroup.procs')), { code: 'ENOENT' });
	});
});
