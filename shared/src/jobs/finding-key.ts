import type { Finding } from './finding.ts';

/** What makes two findings the same one: where two have the same text here, whoever saw one saw the other. */
export function findingKey(finding: Finding): string {
	return JSON.stringify([finding.code, finding.cell, finding.path, finding.message]);
}
