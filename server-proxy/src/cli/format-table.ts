import { visibleText } from './visible-text.ts';

/** Rows as columns of equal width, two blanks apart; the last column is as wide as it is. Empty for no rows. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
	if (rows.length === 0) return '';
	const lines = [header, ...rows.map((row) => row.map(visibleText))];
	const widths = header.map((_, column) => Math.max(...lines.map((line) => [...(line[column] ?? '')].length)));
	const pad = (text: string, column: number) => text + ' '.repeat(Math.max(0, (widths[column] ?? 0) - [...text].length));
	return lines.map((line) => `${line.map(pad).join('  ').trimEnd()}\n`).join('');
}
