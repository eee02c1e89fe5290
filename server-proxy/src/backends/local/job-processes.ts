import { readdirSync, readFileSync } from 'node:fs';
import { isOutOfFiles } from '../../durable/file-errors.ts';
import { jobVariable } from '../job-environment.ts';
import { type ProcessStat, readStat } from './process-identity.ts';

/** Which processes a job can have. */
export interface JobProcessFilter {
	/**
	 * Number of the job's first process, while that number cannot be another's: it runs, or nothing has that number (one that a group or session still
	 * carries is not given out again); else null.
	 */
	readonly leader: number | null;
	/** Start time of its first process, before which none of its began; null where it is not known. */
	readonly since: string | null;
}

/**
 * Numbers of all processes that belong to a job: those that carry its mark in their environment (a process that left the group and whose parents are
 * gone still does), those in the session or group of its first process, and what descends from any of them. Never this process, and nothing that descends
 * from it: where a job started this server, the jobs that the server runs are not that job's.
 */
export function findJobProcesses(jobId: string, { leader, since }: JobProcessFilter = { leader: null, since: null }): number[] {
	const stats = new Map<number, ProcessStat>();
	const earliest = since === null ? 0 : Number(since);
	for (const entry of readdirSync('/proc')) {
		if (!/^[0-9]+$/.test(entry)) continue;
		const stat = readStat(Number(entry));
		if (stat !== null && stat.state !== 'Z' && stat.state !== 'X' && Number(stat.startTime) >= earliest) stats.set(stat.pid, stat);
	}
	const mark = `${jobVariable}=${jobId}`;
	const found = new Set<number>();
	for (const stat of stats.values()) {
		const inGroup = leader !== null && (stat.pid === leader || stat.group === leader || stat.session === leader);
		if (inGroup || isMarked(stat.pid, mark)) found.add(stat.pid);
	}
	for (const stat of stats.values()) {
		const line: number[] = [];
		for (let at: ProcessStat | undefined = stat; at !== undefined && at.pid !== process.pid && line.length < 1000; at = stats.get(at.parent)) {
			if (found.has(at.pid)) {
				for (const pid of line) found.add(pid);
				break;
			}
			line.push(at.pid);
		}
	}
	found.delete(process.pid);
	return [...found];
}

function isMarked(pid: number, mark: string): boolean {
	try {
		const text = readFileSync(`/proc/${pid}/environ`, 'latin1');
		return text.startsWith(`${mark}\0`) || text.includes(`\0${mark}\0`);
	} catch (error) {
		if (isOutOfFiles(error)) throw error;
		// Another person's process, or one that ended meanwhile: not ours either way.
		return false;
	}
}

/** Sends a signal; false where the process is gone or is not ours. */
export function sendSignal(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP'): boolean {
	try {
		process.kill(pid, signal);
		return true;
	} catch {
		return false;
	}
}

/**
 * Kills everything that belongs to a job. What is found is stopped first, so that nothing begets children faster than it is killed.
 * Answers how many were there.
 */
export function killJobProcesses(jobId: string, filter: JobProcessFilter): number {
	const all = new Set<number>();
	// A process may fork between look and signal; each round is over everything that is there then, until a round finds nothing new.
	for (let round = 0; round < 20; round++) {
		const found = findJobProcesses(jobId, filter).filter((pid) => !all.has(pid));
		if (found.length === 0) break;
		for (const pid of found) {
			sendSignal(pid, 'SIGSTOP');
			all.add(pid);
		}
	}
	for (const pid of all) sendSignal(pid, 'SIGKILL');
	return all.size;
}
