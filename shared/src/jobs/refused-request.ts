import { NightlogError } from '../base/nightlog-error.ts';
import type { Finding } from './finding.ts';
import { findingKey } from './finding-key.ts';

/**
 * The findings that keep a request from being taken: the errors, and the warnings that nobody saw.
 *
 * @param warningsSeen `findingKey` of each warning that was seen; undefined where warnings refuse nothing
 */
export function refusingFindings(findings: readonly Finding[], warningsSeen: readonly string[] | undefined): readonly Finding[] {
	const seen = warningsSeen === undefined ? null : new Set(warningsSeen);
	return findings.filter(
		(finding) => finding.severity === 'error' || (finding.severity === 'warning' && seen !== null && !seen.has(findingKey(finding))),
	);
}

/**
 * The error of a request that is not taken: `job/check-failed` (422), with every finding in `data`.
 *
 * @param refusing those of them that refuse it; by default the errors
 */
export function refusedRequest(findings: readonly Finding[], refusing = refusingFindings(findings, undefined)): NightlogError {
	const more = refusing.length > 1 ? ` (and ${refusing.length - 1} more)` : '';
	return new NightlogError('job/check-failed', `${refusing[0]?.message ?? 'The request was refused.'}${more}`, {
		status: 422,
		errors: refusing.map(({ path, message }) => ({ path: path ?? '', message })),
		data: { findings },
	});
}
