import type { Finding } from '@nightlog/shared/base/finding';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { problemOf } from '@nightlog/shared/base/problem';
import { formatFindings } from './format-findings.ts';
import { visibleLines, visibleText } from './visible-text.ts';

/** What standard error says of an error: one problem document with `--json`, else a sentence with what belongs to it. */
export function reportError(error: unknown, json: boolean): string {
	const problem = problemOf(error);
	if (json) return `${JSON.stringify(problem)}\n`;
	const lines = [`nightlog: ${visibleLines(problem.title)}`];
	if (!isNightlogError(error) && error instanceof Error) lines.push(`  ${visibleText(error.message)}`);
	const findings = findingsOf(problem.data);
	if (findings.length > 0) lines.push(formatFindings(findings).trimEnd());
	else for (const { path, message } of problem.errors ?? []) lines.push(`  ${path === '' ? '' : `${visibleText(path)}: `}${visibleLines(message)}`);
	const requestId = problem.requestId ?? problem.data?.requestId;
	if (typeof requestId === 'string') lines.push(`  In the server's log: ${visibleText(requestId)}`);
	return `${lines.join('\n')}\n`;
}

function findingsOf(data: Readonly<Record<string, unknown>> | undefined): Finding[] {
	const findings: unknown = data?.findings;
	return Array.isArray(findings) ? (findings as Finding[]) : [];
}
