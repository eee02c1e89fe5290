import { isSameNotebook } from '@nightlog/shared/notebook/canonical-notebook';
import type { Notebook } from '@nightlog/shared/notebook/notebook';
import { parseNotebook, readNotebook } from '@nightlog/shared/notebook/parse-notebook';
import { cutOutputsOf, restoreOutputs } from '@nightlog/shared/notebook/restore-outputs';
import type { ObjectReader, StoredVersion } from '@nightlog/shared/versions/object-reader';
import { readVersionNotebook, readVersionOutputs } from '@nightlog/shared/versions/read-version';
import type { Reading } from './notebook-readings.ts';
import { putBackOutputs } from './put-back-outputs.ts';

/** The notebook of the version that was kept last, so that it need not be read to see that the next one differs. */
export interface LastKept {
	readonly version: string;
	readonly notebook: Notebook;
}

/**
 * Whether a version's notebook says the same as one that was read, though it is written otherwise: editors reorder names and break texts differently.
 * What differs in a source or a count is seen at once, and of the outputs only those are read that are not in both.
 */
export async function saysSame(reader: ObjectReader, version: StoredVersion, reading: Reading, last: LastKept | null): Promise<boolean> {
	const { notebook } = reading;
	if (notebook === null || !version.document.notebook.valid) return false;
	if (last !== null && last.version === version.id) {
		if (!hasSameCode(last.notebook, notebook)) return false;
		const answer = await saysSameInOutputs(reader, version, last.notebook, { notebook, payloads: reading.payloads });
		if (answer !== null) return answer;
	}
	const kept = readNotebook(await readVersionNotebook(reader, version, putBackOutputs)).value;
	if (kept === null || !hasSameCode(kept, notebook)) return false;
	const whole = readNotebook(reading.bytes).value;
	return whole !== null && isSameNotebook(kept, whole);
}

/**
 * Whether two notebooks say the same, one of them being a version's: of the outputs that were cut only those are put back that one of them does not have.
 * Null where the version does not hold one of them by itself.
 */
async function saysSameInOutputs(
	reader: ObjectReader,
	version: StoredVersion,
	last: Notebook,
	{ notebook, payloads }: Pick<Reading, 'payloads'> & { readonly notebook: Notebook },
): Promise<boolean | null> {
	const before = new Set(cutOutputsOf(last.text));
	const gone = new Set([...before].filter((name) => !payloads.has(name)));
	const outputs = await readVersionOutputs(reader, version, gone);
	if (outputs.size < gone.size) return null;
	const kept = parseNotebook(restoreOutputs(last.text, (name) => outputs.get(name)).text).value;
	const now = parseNotebook(restoreOutputs(notebook.text, (name) => (before.has(name) ? undefined : payloads.get(name)?.())).text).value;
	return kept !== null && now !== null && isSameNotebook(kept, now);
}

/** Whether two notebooks have the same cells, sources and execution counts: where not, they say different things whatever else they hold. */
export function hasSameCode(one: Notebook, other: Notebook): boolean {
	if (one.cells.length !== other.cells.length) return false;
	return one.cells.every(({ id, source, executionCount }, index) => {
		const cell = other.cells[index];
		return cell !== undefined && cell.id === id && cell.source === source && cell.executionCount === executionCount;
	});
}
