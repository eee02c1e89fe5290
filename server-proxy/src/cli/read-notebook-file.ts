import type { FieldError } from '@nightlog/shared/base/nightlog-error';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { decodeNotebook } from '@nightlog/shared/notebook/decode-notebook';
import type { Notebook } from '@nightlog/shared/notebook/notebook';
import type { NotebookProblem } from '@nightlog/shared/notebook/notebook-problem';
import { parseNotebook } from '@nightlog/shared/notebook/parse-notebook';
import { mostNotebookBytes } from '../files/most-notebook-bytes.ts';
import { readNamedFile } from '../files/read-named-file.ts';

/**
 * Reads a notebook from disk, or through a link; of somebody else's folder it may be anything.
 *
 * @throws NightlogError `notebook/not-found` (404) or `notebook/invalid` (422) with every problem and its place
 */
export async function readNotebookFile(file: string): Promise<Notebook> {
	let bytes: Buffer | string;
	try {
		bytes = await readNamedFile(file, { mostBytes: mostNotebookBytes, within: null });
	} catch (cause) {
		const code = (cause as NodeJS.ErrnoException).code;
		throw notFound(file, code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`, cause);
	}
	if (typeof bytes === 'string') throw notFound(file, bytes);
	return parsedNotebook(bytes, file);
}

function notFound(file: string, why: string, cause?: unknown): NightlogError {
	return new NightlogError('notebook/not-found', `${file} is no notebook: ${why}.`, { status: 404, cause });
}

/** As `readNotebookFile`, of bytes; `name` is what the person calls them. */
export function parsedNotebook(bytes: Uint8Array, name: string): Notebook {
	const decoded = decodeNotebook(bytes);
	if (decoded.value === null) throw invalid(name, decoded.problems);
	const { value, problems } = parseNotebook(decoded.value);
	if (value === null) throw invalid(name, problems);
	return value;
}

function invalid(name: string, problems: readonly NotebookProblem[]): NightlogError {
	const errors = problems.filter(({ severity }) => severity === 'error').map(({ path, message }): FieldError => ({ path, message }));
	return new NightlogError('notebook/invalid', `${name} is no notebook that can be read.`, { status: 422, errors });
}
