import { assertNever } from '../base/assert-never.ts';
import type { Job } from '../jobs/job-schema.ts';
import { isFinalState } from '../jobs/job-states.ts';
import { describeParameters } from './parameter-words.ts';
import { dayOf, describeDay, describeMoment, formatDuration, type TimePlace } from './time-words.ts';
import { english, type Translation } from './translation.ts';

/** How a job stands, for colour and picture; the words say the same. */
export type JobTone = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled' | 'unknown';

/** What can be done with a job as it stands. */
export type JobAction = 'bring-outputs' | 'open-result' | 'show-log' | 'cancel' | 'rerun' | 'delete';

/** A job as a list shows it: text and numbers only. */
export interface JobRow {
	readonly id: string;
	readonly name: string;
	/** Path of the notebook relative to its project. */
	readonly notebook: string;
	readonly state: string;
	readonly tone: JobTone;
	/** Further words on the state, for a tooltip; null where there are none. */
	readonly detail: string | null;
	/** Null unless it runs. */
	readonly progress: { readonly done: number; readonly total: number } | null;
	/** One line; empty where the notebook's own values were taken. */
	readonly parameters: string;
	/** When it was submitted, and where. */
	readonly when: string;
	/** How long it has run, or ran; null before it started. */
	readonly duration: string | null;
	/** Until when what it left is kept; null while it is open, and when that has been removed. */
	readonly kept: string | null;
	readonly actions: readonly JobAction[];
}

function toneOf(job: Job): JobTone {
	if (job.reachable === false && !isFinalState(job.state)) return 'unknown';
	switch (job.state) {
		case 'accepted':
		case 'submitted':
		case 'queued':
			return 'waiting';
		case 'running':
			return 'running';
		case 'succeeded':
			return 'done';
		case 'failed':
			return 'failed';
		case 'cancelled':
			return 'cancelled';
		case 'lost':
			return 'unknown';
		default:
			// A state of a newer server: shown as not known, never as success.
			return 'unknown';
	}
}

/** Puts the whole number of the cell that runs now in words, counted from 1; the last one stays until the job has ended. */
function describeRunning(job: Job, translation: Translation): string {
	const { done, total } = job.progress;
	if (total === 0) return translation.__('running');
	return translation.__('running, cell %1 of %2', Math.min(done + 1, total), total);
}

function describeJobState(job: Job, translation: Translation): string {
	if (job.cancelRequestedAt !== null && !isFinalState(job.state)) return translation.__('being cancelled');
	switch (job.state) {
		case 'accepted':
		case 'submitted':
		case 'queued':
			return job.reason === null ? translation.__('waiting') : translation.__('waiting: %1', job.reason);
		case 'running':
			return describeRunning(job, translation);
		case 'succeeded':
			return translation.__('done');
		case 'failed':
			return job.error === null ? translation.__('failed') : translation.__('failed: %1', job.error.title);
		case 'cancelled':
			return translation.__('cancelled');
		case 'lost':
			return translation.__('no longer known to %1; what it saved is here', job.backend);
		default:
			return unknownState(job.state, translation);
	}
}

function unknownState(state: never, translation: Translation): string {
	return typeof state === 'string' ? translation.__('in a state that this version of Nightlog does not know: %1', state) : assertNever(state);
}

function actionsOf(job: Job): JobAction[] {
	const final = isFinalState(job.state);
	const hasResult = typeof job.result?.notebook === 'string';
	const actions: JobAction[] = [];
	if (final && hasResult) actions.push('bring-outputs');
	if (hasResult) actions.push('open-result');
	if (job.startedAt !== null || final) actions.push('show-log');
	if (!final && job.cancelRequestedAt === null) actions.push('cancel');
	if (final) actions.push('rerun', 'delete');
	return actions;
}

function durationOf(job: Job, nowMs: number): string | null {
	if (job.startedAt === null) return null;
	const end = job.endedAt === null ? nowMs : Date.parse(job.endedAt);
	// A job that is lost has no end that anybody knows.
	if (job.endedAt === null && job.state !== 'running') return null;
	return formatDuration(Math.max(0, (end - Date.parse(job.startedAt)) / 1000));
}

function keptUntil(time: string, nowMs: number, translation: Translation, place: TimePlace): string {
	if (dayOf(time, place) === dayOf(new Date(nowMs).toISOString(), place)) return translation.__('kept until today');
	return translation.__('kept until %1', describeDay(time, nowMs, translation, place));
}

/** A job in words, as it stands at `nowMs`. */
export function describeJob(job: Job, nowMs: number, translation: Translation = english, place: TimePlace = {}): JobRow {
	const state = describeJobState(job, translation);
	const unreachable = job.reachable === false && !isFinalState(job.state);
	const moment = describeMoment(job.createdAt, nowMs, translation, place);
	return {
		id: job.id,
		name: job.name,
		notebook: job.notebook,
		state: unreachable
			? translation.__('%1 as of %2; %3 cannot be asked now', state, describeMoment(job.stateAsOf, nowMs, translation, place), job.backend)
			: state,
		tone: toneOf(job),
		detail: job.error?.detail ?? (isFinalState(job.state) && job.state !== 'succeeded' ? job.reason : null),
		progress: job.state === 'running' && job.progress.total > 0 ? job.progress : null,
		parameters: describeParameters(job.parameters),
		when: translation.__('%1 on %2', moment, job.backend),
		duration: durationOf(job, nowMs),
		kept: job.expiresAt === null || Date.parse(job.expiresAt) <= nowMs ? null : keptUntil(job.expiresAt, nowMs, translation, place),
		actions: actionsOf(job),
	};
}
