import type { NotebookCell } from '@nightlog/shared/notebook/notebook';
import { restoreScript } from '@nightlog/shared/notebook/restore-script';
import type { CutNotebook } from '@nightlog/shared/versions/snapshot';
import type { VersionDocument } from '@nightlog/shared/versions/version-document';
import type { ReadNotebook } from './cut-notebook.ts';
import { sha256Hex } from './sha256.ts';

const restoreScriptBytes = new TextEncoder().encode(restoreScript);

/** The form of a notebook in which its outputs lie beside it; null where nothing was cut. */
export function cutFormOf(read: ReadNotebook): CutNotebook | null {
	return read.cutBytes === null ? null : { bytes: read.cutBytes, payloads: read.payloads, restoreScript: restoreScriptBytes };
}

/** The order in which code cells ran, and what changes when one runs. Both empty for bytes that are no notebook. */
export function executionOf(read: ReadNotebook): VersionDocument['execution'] {
	if (read.notebook === null) return { order: [], digest: null };
	const code = read.notebook.cells.filter((cell) => cell.type === 'code');
	const order = code
		.flatMap((cell) => (cell.executionCount === null ? [] : { cell: cell.id as string, count: cell.executionCount }))
		.sort((left, right) => left.count - right.count);
	return { order, digest: sha256Hex(code.map(runOf).join('\n')) };
}

function runOf(cell: NotebookCell): string {
	return JSON.stringify([cell.id, cell.executionCount, cell.outputs.map((output) => output.literal)]);
}
