import assert from 'node:assert/strict';
import type { Notebook } from '../notebook/notebook.ts';
import { parseNotebook } from '../notebook/parse-notebook.ts';

/** A notebook whose only code cell has these tags. */
export function notebookOf(source: string, options: { tags?: string[]; metadata?: object; type?: string } = {}): Notebook {
	const { tags = ['parameters'], metadata = { language_info: { name: 'python' } }, type = 'code' } = options;
	const rest = type === 'code' ? { outputs: [], execution_count: null } : {};
	return readDocument({ cells: [{ cell_type: type, id: 'p', metadata: { tags }, source, ...rest }], metadata, nbformat: 4, nbformat_minor: 5 });
}

/** A notebook from its JSON. */
export function readDocument(document: unknown): Notebook {
	const { value, problems } = parseNotebook(JSON.stringify(document));
	assert.deepEqual(problems, []);
	assert.ok(value);
	return value;
}
