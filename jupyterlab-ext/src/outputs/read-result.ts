import type { Client } from '@nightlog/shared/api/client';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { RanCell } from '@nightlog/shared/workflows/plan-outputs';
import { ranByEvents, ranByReceipt, readRanCells } from '@nightlog/shared/workflows/read-ran-cells';

/** The cells that a job ran, with their outputs. A job that was killed left no run record: then its events tell what ran. */
export async function readResult(client: Client, job: Job, signal: AbortSignal): Promise<RanCell[]> {
	const response = await client.call('getJobResult', { params: { id: job.id }, signal });
	const [text, ran] = await Promise.all([response.text(), ranCells(client, job, signal)]);
	return readRanCells(text, ran);
}

async function ranCells(client: Client, job: Job, signal: AbortSignal): Promise<Set<string>> {
	try {
		return ranByReceipt(await client.call('getJobReceipt', { params: { id: job.id }, signal }));
	} catch (error) {
		if (!isNightlogError(error) || error.status !== 404) throw error;
	}
	const events: Record<string, unknown>[] = [];
	for (let after = 0; ; ) {
		const page = await client.call('getJobEvents', { params: { id: job.id }, query: { after }, signal });
		events.push(...page.events);
		const last = page.events.at(-1)?.seq;
		if (typeof last !== 'number' || last <= after) return ranByEvents(events);
		after = last;
	}
}
