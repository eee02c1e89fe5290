import type { SyntaxNode, SyntaxNodeRef } from '@lezer/common';
import { parser } from '@lezer/python';

/** What Python code needs of its surroundings, as far as its text says so. */
export interface PythonUses {
	/** Modules by the first part of their name, in the order of the text, each once; without relative imports. */
	readonly imports: readonly {
		readonly name: string;
		/** Counted from 1. */
		readonly line: number;
		/** Whether it is certain that the import is reached, and that its failure ends the cell: no `try`, `if`, function or `with` is around it. */
		readonly certain: boolean;
	}[];
	/** Relative paths that are opened by name. */
	readonly opens: readonly { readonly path: string; readonly line: number; readonly writes: boolean }[];
	/** Whether the code installs packages or changes where modules are looked for: then what is missing now may be there by then. */
	readonly changesImports: boolean;
}

/** Functions and methods whose first text is the path of a file to read. */
const readers = new Set(
	'open read_csv read_table read_fwf read_excel read_json read_parquet read_feather read_hdf read_pickle read_stata read_sas read_spss read_xml read_orc loadtxt genfromtxt fromfile load memmap imread open_dataset open_mfdataset open_dataarray load_dataset File read getdata getheader read_text read_bytes Path scan_csv scan_parquet loadmat readsav listdir scandir'.split(
		' ',
	),
);
/** Those whose first text is the path of a file to write. */
const writers = new Set(
	'to_csv to_excel to_json to_parquet to_feather to_hdf to_pickle to_netcdf to_zarr savefig save savez savez_compressed savetxt writeto write imsave imwrite write_csv write_parquet mkdir makedirs savemat dump'.split(
		' ',
	),
);
const around = new Set([
	'TryStatement',
	'IfStatement',
	'FunctionDefinition',
	'LambdaExpression',
	'WithStatement',
	'ClassDefinition',
	'MatchStatement',
]);

/**
 * Finds the modules that a cell of Python imports and the files that it opens by a relative path written as one plain text. Nothing is run and nothing is
 * guessed: a path that is put together, or an import by a function, is not seen. Lines for IPython are passed over; a cell whose first line gives it to
 * another program (`%%bash`) needs nothing.
 */
export function pythonUses(source: string): PythonUses {
	const changesImports =
		/^\s*[%!].*\b(?:pip3?|conda|mamba|uv|poetry)\b.*\b(?:install|add)\b|\bsys\s*\.\s*path\b|\bsite\s*\.\s*addsitedir\b|^\s*%cd\b|\bos\s*\.\s*chdir\b/m.test(
			source,
		);
	const written = /^\s*%%(?:writefile|file)\s+(?:-a\s+|--append\s+)?(["']?)(\S+)\1[ \t]*$/m.exec(source)?.[2];
	if (written !== undefined)
		return { imports: [], opens: looksLikeRelativePath(written) ? [{ path: written, line: 1, writes: true }] : [], changesImports: false };
	if (/^\s*%%(?!time\b|timeit\b|capture\b|prun\b)/.test(source)) return { imports: [], opens: [], changesImports };
	// The same length, so that lines stay what they are.
	const plain = source.replace(/^[ \t]*[%!].*$/gm, (line) => ' '.repeat(line.length));
	const imports = new Map<string, PythonUses['imports'][number]>();
	const opens: PythonUses['opens'][number][] = [];
	parser.parse(plain).iterate({
		enter(node) {
			if (node.name === 'ImportStatement') {
				const line = lineOf(plain, node.from);
				const certain = isCertain(node.node);
				for (const name of importedNames(plain.slice(node.from, node.to))) {
					const before = imports.get(name);
					if (before === undefined || (!before.certain && certain)) imports.set(name, { name, line: before?.line ?? line, certain });
				}
			} else if (node.name === 'CallExpression') {
				const opened = openedPath(node, plain);
				if (opened !== null) opens.push({ ...opened, line: lineOf(plain, node.from) });
			}
		},
	});
	return { imports: [...imports.values()], opens, changesImports };
}

function lineOf(source: string, offset: number): number {
	let line = 1;
	for (let at = source.indexOf('\n'); at !== -1 && at < offset; at = source.indexOf('\n', at + 1)) line++;
	return line;
}

function isCertain(node: SyntaxNode): boolean {
	for (let at: SyntaxNode | null = node.parent; at !== null; at = at.parent) if (around.has(at.name) || at.type.isError) return false;
	return true;
}

function importedNames(statement: string): string[] {
	const text = statement.replace(/\\\r?\n/g, ' ').replace(/#.*$/gm, '');
	const from = /^from\s+(\.*)\s*([\p{L}_][\p{L}\p{N}_]*)?/u.exec(text);
	if (from !== null) return from[1] !== '' || from[2] === undefined ? [] : [from[2]];
	const list = /^import\s+([\s\S]*)$/.exec(text)?.[1] ?? '';
	return list.split(',').flatMap((part) => /^\s*([\p{L}_][\p{L}\p{N}_]*)/u.exec(part)?.[1] ?? []);
}

function openedPath(call: SyntaxNodeRef, source: string): { path: string; writes: boolean } | null {
	const callee = call.node.firstChild;
	const list = call.node.getChild('ArgList');
	if (callee === null || list === null) return null;
	const last = callee.name === 'MemberExpression' ? callee.lastChild : callee;
	if (last === null) return null;
	const name = source.slice(last.from, last.to);
	const writes = writers.has(name);
	if (!writes && !readers.has(name)) return null;
	const values = argumentsOf(list);
	const path = plainText(values[0], source);
	if (path === null || !looksLikeRelativePath(path)) return null;
	const mode = name === 'open' || name === 'File' ? (plainText(values[1], source) ?? '') : '';
	return { path, writes: writes || /[wax]/.test(mode) };
}

/** The arguments, positional ones and the values of named ones, in their order. */
function argumentsOf(list: SyntaxNode): SyntaxNode[] {
	const values: SyntaxNode[] = [];
	for (let child = list.firstChild; child !== null; child = child.nextSibling) {
		if (child.name === 'VariableName' && child.nextSibling?.name === 'AssignOp') {
			child = child.nextSibling.nextSibling ?? child;
		}
		if (!['(', ')', ',', 'Comment', 'AssignOp'].includes(child.name)) values.push(child);
	}
	return values;
}

/** The value of one plain string literal; null for everything else, also for one with escapes that would have to be read. */
function plainText(node: SyntaxNode | undefined, source: string): string | null {
	if (node?.name !== 'String') return null;
	const match = /^([rRuU]?)(["'])((?:(?!\2)[^\\\n]|\\(?=[^\n]))*)\2$/.exec(source.slice(node.from, node.to));
	if (match === null) return null;
	const [, prefix, , text = ''] = match;
	return text.includes('\\') && prefix?.toLowerCase() !== 'r' ? null : text;
}

function looksLikeRelativePath(text: string): boolean {
	if (text === '' || text.length > 1024 || text.includes('\0') || /^[/~]|^[a-zA-Z][a-zA-Z0-9+.-]*:|[*?{}<>|]/.test(text)) return false;
	return text.includes('/') || /\.[A-Za-z0-9_]+$/.test(text);
}
