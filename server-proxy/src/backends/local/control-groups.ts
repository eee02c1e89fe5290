import { accessSync, constants, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Where control groups for jobs can be made on this machine; null for a resource that cannot be limited. */
export interface ControlGroups {
	/** Folder below which a group that limits memory can be made. */
	readonly memory: { readonly parent: string; readonly version: 1 | 2 } | null;
	readonly cpu: { readonly parent: string; readonly version: 1 | 2 } | null;
}

/** Neither memory nor processors can be limited. */
export const noControlGroups: ControlGroups = { memory: null, cpu: null };

type Controller = 'memory' | 'cpu';

/**
 * Looks where this process may make control groups (cgroups(7)): of version 1 below its own group of each controller; of version 2 beside or above its
 * own group where the controllers are handed down to children. A process is in one group of version 2 only, so there both limits stand in one.
 */
export function findControlGroups(said = readOwn()): ControlGroups {
	if (said === null) return noControlGroups;
	const [memory, cpu] = [findParent('memory', said), findParent('cpu', said)];
	if (memory?.version !== 2 || cpu?.version !== 2) return { memory, cpu };
	const both = findUnifiedParent(['memory', 'cpu'], said);
	return both === null ? { memory, cpu: null } : { memory: both, cpu: both };
}

/** What the system says of this process: `/proc/self/cgroup` and `/proc/self/mounts`. */
interface Said {
	readonly membership: string;
	readonly mounts: string;
}

function readOwn(): Said | null {
	try {
		return { membership: readFileSync('/proc/self/cgroup', 'latin1'), mounts: readFileSync('/proc/self/mounts', 'latin1') };
	} catch {
		// A system without /proc, or without control groups.
		return null;
	}
}

function findParent(controller: Controller, said: Said): ControlGroups[Controller] {
	const { membership, mounts } = said;
	for (const line of membership.split('\n')) {
		const [, controllers, ...rest] = line.split(':');
		if (controllers?.split(',').includes(controller) !== true) continue;
		const mount = mountOf(mounts, (type, options) => type === 'cgroup' && options.split(',').includes(controller));
		// In a container the path may name a group that is not in sight; the mount's root is then our own group.
		for (const own of mount === null ? [] : [path.join(mount, rest.join(':')), mount]) {
			if (canMakeGroup(own)) return { parent: own, version: 1 };
		}
		return null;
	}
	return findUnifiedParent([controller], said);
}

/** The nearest group of version 2 that hands all these controllers down. */
function findUnifiedParent(controllers: readonly Controller[], { membership, mounts }: Said): ControlGroups[Controller] {
	const own = membership.split('\n').find((line) => line.startsWith('0::'));
	const mount = mountOf(mounts, (type) => type === 'cgroup2');
	if (own === undefined || mount === null) return null;
	for (let folder = path.join(mount, own.slice(3)); folder.startsWith(mount); folder = path.dirname(folder)) {
		let handedDown: string[];
		try {
			handedDown = readFileSync(path.join(folder, 'cgroup.subtree_control'), 'latin1').trim().split(/\s+/);
		} catch {
			return null;
		}
		if (controllers.every((controller) => handedDown.includes(controller)) && canMakeGroup(folder)) return { parent: folder, version: 2 };
		if (folder === mount) return null;
	}
	return null;
}

function mountOf(mounts: string, fits: (type: string, options: string) => boolean): string | null {
	for (const line of mounts.split('\n')) {
		const [, folder, type, options] = line.split(' ');
		if (folder !== undefined && type !== undefined && options !== undefined && fits(type, options)) {
			return folder.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
		}
	}
	return null;
}

function canMakeGroup(folder: string): boolean {
	try {
		accessSync(folder, constants.W_OK);
		// Entering a group asks for the right to write the list of processes of the group that both have above them (cgroups(7)).
		accessSync(path.join(folder, 'cgroup.procs'), constants.W_OK);
		return true;
	} catch {
		return false;
	}
}

/** The groups of one job. */
export interface JobGroups {
	/** Files to which a process writes its number to enter. */
	readonly entries: readonly string[];
	/** What could not be limited, in words. */
	readonly problems: readonly string[];
}

/** Makes the groups that hold a job to what it asked for. Making them twice is no error. */
export function makeJobGroups(groups: ControlGroups, jobName: string, asked: { cpus: number | null; memoryBytes: number | null }): JobGroups {
	const entries = new Set<string>();
	const problems: string[] = [];
	if (asked.memoryBytes !== null && groups.memory !== null) {
		const { parent, version } = groups.memory;
		const folder = path.join(parent, jobName);
		const limits: [string, string, boolean][] =
			version === 1
				? [
						['memory.limit_in_bytes', String(asked.memoryBytes), true],
						['memory.memsw.limit_in_bytes', String(asked.memoryBytes), false],
					]
				: [
						['memory.max', String(asked.memoryBytes), true],
						['memory.swap.max', '0', false],
					];
		setUp(folder, limits, 'memory', entries, problems);
	}
	if (asked.cpus !== null && groups.cpu !== null) {
		const { parent, version } = groups.cpu;
		const quota = Math.max(1000, Math.round(asked.cpus * 100_000));
		const limits: [string, string, boolean][] =
			version === 1
				? [
						['cpu.cfs_period_us', '100000', true],
						['cpu.cfs_quota_us', String(quota), true],
					]
				: [['cpu.max', `${quota} 100000`, true]];
		setUp(path.join(parent, jobName), limits, 'the number of processors', entries, problems);
	}
	return { entries: [...entries], problems };
}

function setUp(folder: string, limits: readonly [string, string, boolean][], what: string, entries: Set<string>, problems: string[]): void {
	try {
		mkdirSync(folder, { recursive: true });
		for (const [file, value, needed] of limits) {
			try {
				writeFileSync(path.join(folder, file), value);
			} catch (error) {
				if (needed) throw error;
			}
		}
		entries.add(path.join(folder, 'cgroup.procs'));
	} catch (error) {
		problems.push(`This machine did not let ${what} be limited: ${error instanceof Error ? error.message : String(error)}`);
	}
}

/** Whether the kernel killed a process of this job because its group had no memory left; false where that cannot be known. */
export function wasOutOfMemory(groups: ControlGroups, jobName: string): boolean {
	if (groups.memory === null) return false;
	const file = groups.memory.version === 1 ? 'memory.oom_control' : 'memory.events';
	try {
		const text = readFileSync(path.join(groups.memory.parent, jobName, file), 'latin1');
		return /^oom_kill ([1-9][0-9]*)$/m.test(text);
	} catch {
		return false;
	}
}

/** Removes a job's groups; one that still has processes stays and is removed next time. */
export function removeJobGroups(groups: ControlGroups, jobName: string): void {
	for (const parent of new Set([groups.memory?.parent, groups.cpu?.parent])) {
		if (parent === undefined) continue;
		try {
			rmdirSync(path.join(parent, jobName));
		} catch {
			// Not there, or a process is just ending in it.
		}
	}
}
