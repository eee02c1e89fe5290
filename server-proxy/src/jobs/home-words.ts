import path from 'node:path';
import type { Receipt } from '@nightlog/shared/jobs/runner-protocol';
import { isBelow } from './job-folder.ts';

/** What of a run record tells how the notebook's own folder was kept from the job. */
type Guarded = Pick<Receipt, 'guard' | 'cells'>;

const mostNamed = 5;

/**
 * What is said of files that lie at home, were reached in place, and are no longer as they were; null where there is none.
 *
 * @param changed absolute paths, sorted
 */
export function changedWords(changed: readonly string[], project: string, receipt: Guarded | null): string | null {
	if (changed.length === 0) return null;
	const names = changed.slice(0, mostNamed).map((file) => path.relative(project, file));
	const more = changed.length > mostNamed ? ` and ${changed.length - mostNamed} more` : '';
	const kept = receipt?.guard?.folders ?? [];
	const who = changed.every((file) => kept.some((folder) => isBelow(folder, file))) ? 'and not by the job' : 'by the job or by somebody else';
	return `While it ran, files at home that it could reach changed, ${who}: ${names.join(', ')}${more}.`;
}

/** What is said where something in the job was kept from writing into the notebook's own folder; null where nothing was. */
export function refusedWords(receipt: Guarded | null): string | null {
	const refused = receipt?.guard?.cellsRefused ?? [];
	const cells = (receipt?.cells ?? []).filter(({ id }) => refused.includes(id)).map(({ index }) => index + 1);
	if (cells.length === 0) return null;
	const named = cells.slice(0, mostNamed).join(', ') + (cells.length > mostNamed ? ' and more' : '');
	const where = cells.length === 1 ? `Cell ${named}` : `Cells ${named}`;
	return `${where} ran into a file that cannot be written to: a job does not write into the notebook's own folder. Let it write by a relative path, under a new name; that is among the job's files then.`;
}
