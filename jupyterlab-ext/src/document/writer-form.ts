type Loose = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Lines as Python's `splitlines(True)` of nbformat has them for what notebooks hold: each but the last ends in a newline. */
function splitLines(text: unknown): unknown {
	return typeof text === 'string' ? (text.match(/[^\n]*\n|[^\n]+$/g) ?? []) : text;
}

function splitOutput(output: unknown): unknown {
	if (!isObject(output)) return output;
	if (output.output_type === 'stream') return { ...output, text: splitLines(output.text) };
	if (!isObject(output.data)) return output;
	const data = Object.entries(output.data).map(([type, content]) => [
		type,
		/^application\/(?:.*\+)?json$/.test(type) ? content : splitLines(content),
	]);
	return { ...output, data: Object.fromEntries(data) };
}

function splitCell(cell: unknown): unknown {
	if (!isObject(cell)) return cell;
	const { trusted: _, ...metadata } = isObject(cell.metadata) ? cell.metadata : {};
	return {
		...cell,
		metadata,
		source: splitLines(cell.source),
		...(Array.isArray(cell.outputs) ? { outputs: cell.outputs.map(splitOutput) } : {}),
		...(isObject(cell.attachments)
			? { attachments: Object.fromEntries(Object.entries(cell.attachments).map(([name, bundle]) => [name, splitBundle(bundle)])) }
			: {}),
	};
}

function splitBundle(bundle: unknown): unknown {
	return isObject(bundle) ? Object.fromEntries(Object.entries(bundle).map(([type, content]) => [type, splitLines(content)])) : bundle;
}

function sortKeys(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(sortKeys);
	if (!isObject(value)) return value;
	const sorted: Record<string, unknown> = {};
	for (const key of Object.keys(value).sort()) sorted[key] = sortKeys(value[key]);
	return sorted;
}

/**
 * A notebook as nbformat writes it: keys sorted, indented by one, texts in lines, a newline at the end; without what belongs to an open document only
 * (trust, the format it was converted from). Source: nbformat, `v4/rwbase.py` and `v4/nbjson.py`.
 */
export function writerForm(notebook: unknown): string {
	if (!isObject(notebook)) throw new TypeError('a notebook is an object');
	const metadata = { ...(isObject(notebook.metadata) ? notebook.metadata : {}) };
	for (const name of ['orig_nbformat', 'orig_nbformat_minor', 'signature']) delete metadata[name];
	const cells = Array.isArray(notebook.cells) ? notebook.cells.map(splitCell) : [];
	return `${JSON.stringify(sortKeys({ ...notebook, metadata, cells }), null, 1)}\n`;
}
