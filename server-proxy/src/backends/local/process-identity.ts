import { readFileSync } from 'node:fs';
import { isOutOfFiles } from '../../durable/file-errors.ts';

/** Which process is meant, also after its number was given to another one: number, start time and boot. */
export interface ProcessIdentity {
	readonly pid: number;
	/** Field 22 of /proc/PID/stat (proc(5)): clock ticks since boot, as a decimal number. */
	readonly startTime: string;
	readonly bootId: string;
}

/** What /proc/PID/stat says that matters here. */
export interface ProcessStat {
	readonly pid: number;
	/** One letter; `Z` and `X` are over. */
	readonly state: string;
	readonly parent: number;
	readonly group: number;
	readonly session: number;
	readonly startTime: string;
}

/** Reads a line of /proc/PID/stat; null where it is none. The name of the program stands in parentheses and may hold anything, also parentheses. */
export function parseStat(line: string): ProcessStat | null {
	const open = line.indexOf('(');
	const close = line.lastIndexOf(')');
	if (open < 1 || close < open) return null;
	const pid = Number(line.slice(0, open).trim());
	const fields = line
		.slice(close + 1)
		.trim()
		.split(/\s+/);
	const [state, parent, group, session] = fields;
	const startTime = fields[19];
	if (!Number.isSafeInteger(pid) || pid < 1 || state === undefined || startTime === undefined || !/^[0-9]+$/.test(startTime)) return null;
	return { pid, state, parent: Number(parent), group: Number(group), session: Number(session), startTime };
}

/** The process with this number; null where there is none. @throws where no more files can be opened: then it is not known */
export function readStat(pid: number): ProcessStat | null {
	try {
		return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
	} catch (error) {
		if (isOutOfFiles(error)) throw error;
		// Gone, or never there: the same answer.
		return null;
	}
}

/** The id of this boot of the machine. */
export function readBootId(): string {
	return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

/** Whether that very process still runs; one that ended and is not yet reaped does not. */
export function isRunning(identity: ProcessIdentity, bootId: string): boolean {
	if (identity.bootId !== bootId) return false;
	const stat = readStat(identity.pid);
	return stat !== null && stat.startTime === identity.startTime && stat.state !== 'Z' && stat.state !== 'X';
}

/**
 * Seconds since boot that the machine was awake: CLOCK_MONOTONIC, which is the same for every process of a boot and stands still while the machine sleeps. A
 * job's wall time counts by it, here as in its runner; /proc/uptime and start times of processes count a night in which the laptop was closed, too.
 */
export function awakeSeconds(): number {
	return Number(process.hrtime.bigint()) / 1e9;
}
