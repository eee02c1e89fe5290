/** A cell of a test's notebook: code, or what says otherwise. */
export type TestCell =
	| string
	| { readonly id?: string; readonly type?: 'code' | 'markdown'; readonly source: string; readonly tags?: readonly string[] };

/** Text of a notebook of nbformat 4.5 for the Python kernel. */
export function notebookText(cells: readonly TestCell[]): string {
	return `${JSON.stringify(
		{
			cells: cells.map((given, index) => {
				const { id = `cell-${index}`, type = 'code', source, tags = [] } = typeof given === 'string' ? { source: given } : given;
				const metadata = tags.length === 0 ? {} : { tags };
				if (type === 'markdown') return { cell_type: type, id, metadata, source };
				return { cell_type: type, execution_count: null, id, metadata, outputs: [], source };
			}),
			metadata: { kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' } },
			nbformat: 4,
			nbformat_minor: 5,
		},
		null,
		1,
	)}\n`;
}

/** A notebook with a parameter of each type. */
export const withParameters = notebookText([
	{ type: 'markdown', source: '# Steps' },
	{ id: 'parameters', tags: ['parameters'], source: 'steps = 3  # how many steps\nname = "Vega"\nscale = 1.5\nverbose = False\nlimits = [0, 1]\n' },
	{ id: 'compute', source: 'total = sum(range(steps)) * scale\nprint(name, total, verbose, limits)' },
	{ id: 'after', source: 'open("written.txt", "w").write(name)' },
]);
