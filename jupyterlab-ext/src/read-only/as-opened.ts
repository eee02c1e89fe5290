import { joinBundle, joinLines, joinOutput } from '@nightlog/shared/workflows/join-lines';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function openCell(cell: unknown): unknown {
	if (!isObject(cell)) return cell;
	const { trusted: _, ...metadata } = isObject(cell.metadata) ? cell.metadata : {};
	return {
		...cell,
		metadata,
		source: joinLines(cell.source),
		...(Array.isArray(cell.outputs) ? { outputs: cell.outputs.map(joinOutput) } : {}),
		...(isObject(cell.attachments)
			? {
					attachments: Object.fromEntries(
						Object.entries(cell.attachments).map(([name, bundle]) => [name, isObject(bundle) ? joinBundle(bundle) : bundle]),
					),
				}
			: {}),
	};
}

/**
 * A notebook as Jupyter's server gives it to a window: texts in one piece, and cells that Jupyter does not trust. Trust is Jupyter's own, of what it has
 * signed; it stands in cells' metadata only while a document is open. In a notebook that did not come through Jupyter anybody could have written it.
 */
export function asOpened(notebook: unknown): unknown {
	return isObject(notebook) && Array.isArray(notebook.cells) ? { ...notebook, cells: notebook.cells.map(openCell) } : notebook;
}
