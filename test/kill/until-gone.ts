import { setTimeout as sleep } from 'node:timers/promises';
import { findJobProcesses } from '../../server-proxy/src/backends/local/job-processes.ts';

/** What is left of a job's processes after a minute at most: one that was killed is gone when the system comes to it. */
export async function leftOf(jobId: string): Promise<number[]> {
	for (let waitedMs = 0; findJobProcesses(jobId).length > 0 && waitedMs < 60_000; waitedMs += 50) await sleep(50);
	return findJobProcesses(jobId);
}
