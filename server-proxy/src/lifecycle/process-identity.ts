import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';

/** Which process on which machine, so that a number given again, a restart or another container is never taken for it. */
export interface ProcessIdentity {
	readonly host: string;
	/** Another at each start of the kernel; null where the system tells none. */
	readonly bootId: string | null;
	readonly pid: number;
	/** When it began, in the kernel's ticks; null where the system does not tell. */
	readonly startTime: string | null;
	/** Numbers of processes mean something in one of these only. */
	readonly pidNamespace: string | null;
}

/** What is asked of the system; tests answer for it. */
export interface ProcessTable {
	readonly host: string;
	readonly bootId: string | null;
	readonly pidNamespace: string | null;
	/** Null where there is no such process, or the system does not tell. */
	startTime(pid: number): string | null;
	exists(pid: number): boolean;
}

/** The processes of this machine. Source: proc(5), `/proc/PID/stat` field 22. */
export function systemProcessTable(): ProcessTable {
	return {
		host: os.hostname(),
		bootId: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
		pidNamespace: attempt(() => readlinkSync('/proc/self/ns/pid')),
		startTime: (pid) => attempt(() => parseStartTime(readFileSync(`/proc/${pid}/stat`, 'utf8'))),
		exists(pid) {
			try {
				process.kill(pid, 0);
				return true;
			} catch (error) {
				// Somebody else's process is one, too.
				return (error as NodeJS.ErrnoException).code === 'EPERM';
			}
		},
	};
}

/** The start time in a line of `/proc/PID/stat`; the name in parentheses may hold anything. */
export function parseStartTime(stat: string): string | null {
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return fields[19] ?? null;
}

/** This process. */
export function ownIdentity(table: ProcessTable, pid: number = process.pid): ProcessIdentity {
	return { host: table.host, bootId: table.bootId, pid, startTime: table.startTime(pid), pidNamespace: table.pidNamespace };
}

/**
 * Whether a process runs: `elsewhere` where this machine, or this container of it, cannot tell. Machines can have the same name, so one that started anew
 * cannot be told from another one.
 */
export function findProcess(identity: ProcessIdentity, table: ProcessTable): 'runs' | 'gone' | 'elsewhere' {
	if (identity.host !== table.host || identity.bootId !== table.bootId || identity.pidNamespace !== table.pidNamespace) return 'elsewhere';
	if (!table.exists(identity.pid)) return 'gone';
	return identity.startTime !== null && identity.startTime !== table.startTime(identity.pid) ? 'gone' : 'runs';
}

function attempt<T>(read: () => T): T | null {
	try {
		return read();
	} catch {
		return null;
	}
}
