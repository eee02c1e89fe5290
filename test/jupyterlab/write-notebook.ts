import { writeFileSync } from 'node:fs';
import path from 'node:path';

/** A cell of a notebook that a test writes. */
export interface CellText {
	readonly id: string;
	readonly source: string;
	readonly tags?: readonly string[];
	readonly type?: 'code' | 'markdown';
	readonly outputs?: readonly object[];
	readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Writes a notebook of nbformat 4.5 and gives back its file name. */
export function writeNotebookFile(folder: string, name: string, cells: readonly CellText[]): string {
	const notebook = {
		cells: cells.map(({ id, source, tags, type = 'code', outputs = [], metadata = {} }) => ({
			cell_type: type,
			...(type === 'code' ? { execution_count: null, outputs } : {}),
			id,
			metadata: { ...metadata, ...(tags === undefined ? {} : { tags }) },
			source,
		})),
		metadata: { kernelspec: { display_name: 'Python 3 (ipykernel)', language: 'python', name: 'python3' }, language_info: { name: 'python' } },
		nbformat: 4,
		nbformat_minor: 5,
	};
	writeFileSync(path.join(folder, name), `${JSON.stringify(notebook, null, 1)}\n`);
	return name;
}
