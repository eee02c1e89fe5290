const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A notebook whose cells Jupyter does not trust. Trust is Jupyter's own, of what it has signed; it stands in cells' metadata only while a document is
 * open. In a notebook that did not come through Jupyter's server anybody could have written it.
 */
export function untrusted(notebook: unknown): unknown {
	if (!isObject(notebook) || !Array.isArray(notebook.cells)) return notebook;
	const cells = notebook.cells.map((cell: unknown) => {
		if (!isObject(cell) || !isObject(cell.metadata)) return cell;
		const { trusted: _, ...metadata } = cell.metadata;
		return { ...cell, metadata };
	});
	return { ...notebook, cells };
}
