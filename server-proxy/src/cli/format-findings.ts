import type { Finding } from '@nightlog/shared/base/finding';
import { visibleLines, visibleText } from './visible-text.ts';

/** Findings for people, one a line, errors first; empty where there is none. */
export function formatFindings(findings: readonly Finding[]): string {
	const order = ['error', 'warning', 'information'];
	return [...findings]
		.sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity))
		.map(({ severity, message, cell }) => `  ${severity}${cell === null ? '' : ` in cell ${visibleText(cell)}`}: ${visibleLines(message)}\n`)
		.join('');
}
