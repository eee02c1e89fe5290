import { NightlogError } from '../base/nightlog-error.ts';
import type { Finding } from './finding.ts';

/** The error of a request that a check found to be wrong: `job/check-failed` (422), with every finding in `data`. */
export function refusedRequest(findings: readonly Finding[]): NightlogError {
	const errors = findings.filter(({ severity }) => severity === 'error');
	const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
	return new NightlogError('job/check-failed', `${errors[0]?.message ?? 'The request was refused.'}${more}`, {
		status: 422,
		errors: errors.map(({ path, message }) => ({ path: path ?? '', message })),
		data: { findings },
	});
}
