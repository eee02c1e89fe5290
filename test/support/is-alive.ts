import { readFileSync } from 'node:fs';

/** Whether a process runs; a zombie answers to signals and is gone all the same. */
export function isAlive(pid: number): boolean {
	try {
		return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
	} catch {
		return false;
	}
}
