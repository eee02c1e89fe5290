import { createHash } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { systemCode } from './disk-errors.ts';

/** Who a process is, so that another one can tell later whether it still runs. */
export interface ProcessIdentity {
	/** Host, boot and process namespace as one word: only among equals can a process be looked for. */
	readonly place: string;
	readonly pid: number;
	/** Start in clock ticks since boot; 0 where the system does not tell. */
	readonly start: string;
}

/** Who this process is. */
export async function ownIdentity(): Promise<ProcessIdentity> {
	const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
	const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
	const place = createHash('sha256').update(`${hostname()}\0${boot.trim()}\0${namespace}`).digest('hex').slice(0, 16);
	return { place, pid: process.pid, start: (await startOf(process.pid))?.start ?? '0' };
}

/** One word of letters, digits and dots. */
export function formatIdentity(identity: ProcessIdentity): string {
	return `${identity.place}.${identity.pid}.${identity.start}`;
}

/** The identity that `formatIdentity` gave; null where it is none. */
export function parseIdentity(word: string): ProcessIdentity | null {
	const match = /^([0-9a-f]{16})\.(\d+)\.(\d+)$/.exec(word);
	return match === null ? null : { place: match[1] ?? '', pid: Number(match[2]), start: match[3] ?? '' };
}

/** Whether a process has certainly ended. False where that cannot be known: it runs elsewhere, or may run under another person. */
export async function hasEnded(identity: ProcessIdentity, own: ProcessIdentity): Promise<boolean> {
	if (identity.place !== own.place || identity.pid <= 0) return false;
	try {
		// Asks without sending anything. `/proc` alone would not do: it may hide the processes of others.
		process.kill(identity.pid, 0);
	} catch (error) {
		return systemCode(error) === 'ESRCH';
	}
	const found = await startOf(identity.pid);
	if (found === null || identity.start === '0') return false;
	return found.state === 'Z' || found.state === 'X' || found.start !== identity.start;
}

async function startOf(pid: number): Promise<{ readonly state: string; readonly start: string } | null> {
	const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
	if (text === null) return null;
	// The name, in parentheses, may hold blanks and parentheses itself. Source: proc_pid_stat(5), fields 3 and 22.
	const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
	return { state: fields[0] ?? '', start: fields[19] ?? '0' };
}
