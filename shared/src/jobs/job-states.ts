/** The states of a job, in the order in which a job that goes well passes them. */
export const jobStates = ['accepted', 'submitted', 'queued', 'running', 'succeeded', 'failed', 'cancelled', 'lost'] as const;
export type JobState = (typeof jobStates)[number];

/** States after which nothing more is expected. `lost` is one, but is left again when the job is found. */
export const finalJobStates: readonly JobState[] = ['succeeded', 'failed', 'cancelled', 'lost'];

/**
 * Which state may follow which. `running -> queued` is preemption or requeue and counts an attempt; `lost` is left for whatever the backend says when
 * the job is found again. What a backend reports may jump ahead (a job can be seen first when it is over), never back otherwise.
 */
export const jobTransitions: Readonly<Record<JobState, readonly JobState[]>> = {
	accepted: ['submitted', 'failed', 'cancelled'],
	submitted: ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'lost'],
	queued: ['running', 'succeeded', 'failed', 'cancelled', 'lost'],
	running: ['queued', 'succeeded', 'failed', 'cancelled', 'lost'],
	succeeded: [],
	failed: [],
	cancelled: [],
	lost: ['queued', 'running', 'succeeded', 'failed', 'cancelled'],
};

/** Whether a job in `from` may go to `to`; a state never follows itself. */
export function canFollow(from: JobState, to: JobState): boolean {
	return jobTransitions[from].includes(to);
}

/** Whether nothing more is expected of a job in `state`. */
export function isFinalState(state: JobState): boolean {
	return finalJobStates.includes(state);
}
