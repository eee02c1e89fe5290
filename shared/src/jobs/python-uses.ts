import type { SyntaxNode, SyntaxNodeRef } from '@lezer/common';
import { parser } from '@lezer/python';
import { type GitCommand, gitInMagics, gitInShell, readGitCommand, strongest } from './git-commands.ts';
import { longestPath, looksLikeRelativePath, upwardPath } from './relative-path.ts';

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
	/** Names whose values are opened in the same way: `open(data)`. */
	readonly opensNamed: readonly { readonly name: string; readonly line: number; readonly writes: boolean }[];
	/** Texts that can be paths out of the notebook's folder, whatever is done with them; see `upwardPath`. Each once. */
	readonly upwards: readonly string[];
	/** Names that may be given a value here. */
	readonly binds: ReadonlySet<string>;
	/** Whether the code installs packages or changes where modules are looked for: then what is missing now may be there by then. */
	readonly changesImports: boolean;
	/** What commands of git do that it starts. */
	readonly git: GitCommand;
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
const openers: ReadonlySet<string> = new Set([...readers, ...writers]);
/** Those whose first text or list is a command. */
const starters = new Set(['run', 'call', 'check_call', 'check_output', 'getoutput', 'getstatusoutput', 'Popen', 'popen', 'system', 'split']);
const around = new Set([
	'TryStatement',
	'IfStatement',
	'FunctionDefinition',
	'LambdaExpression',
	'WithStatement',
	'ClassDefinition',
	'MatchStatement',
]);

/** Where a name stands that is read; anywhere else it may be given a value. */
const reading = new Set(
	'ArgList AssertStatement BinaryExpression CallExpression ConditionalExpression ExpressionStatement FormatReplacement IfStatement MemberExpression ParenthesizedExpression ReturnStatement UnaryExpression'.split(
		' ',
	),
);
/** Of a longer cell nothing is said. */
const mostCharacters = 200_000;
const nothing: PythonUses = { imports: [], opens: [], opensNamed: [], upwards: [], binds: new Set(), changesImports: false, git: null };

/**
 * Finds the modules that a cell of Python imports and the files that it opens by a relative path written as one plain text. Nothing is run and nothing is
 * guessed: a path that is put together is seen only where one text of it leads out of the folder, an import by a function not at all. Lines for IPython are passed over; a cell whose first line gives it to
 * another program (`%%bash`) needs nothing.
 */
export function pythonUses(source: string): PythonUses {
	// Nobody types so much; what a program has made needs minutes to be read.
	if (source.length > mostCharacters) return nothing;
	const changesImports =
		/^[ \t]*[%!].*\b(?:pip3?|conda|mamba|uv|poetry)\b.*\b(?:install|add)\b|\bsys\s*\.\s*path\b|\bsite\s*\.\s*addsitedir\b|^[ \t]*%cd\b|\bos\s*\.\s*chdir\b/m.test(
			source,
		);
	const written = /^[ \t]*%%(?:writefile|file)[ \t]+(?:-a[ \t]+|--append[ \t]+)?(["']?)(\S+)\1[ \t]*$/m.exec(source)?.[2];
	if (written !== undefined) return looksLikeRelativePath(written) ? { ...nothing, opens: [{ path: written, line: 1, writes: true }] } : nothing;
	if (/^\s*%%(?!time\b|timeit\b|capture\b|prun\b)/.test(source)) return { ...nothing, changesImports, git: gitInMagics(source) };
	// The same length, so that lines stay what they are.
	const plain = source.replace(/^[ \t]*[%!].*$/gm, (line) => ' '.repeat(line.length));
	const imports = new Map<string, PythonUses['imports'][number]>();
	const opens: PythonUses['opens'][number][] = [];
	const opensNamed: PythonUses['opensNamed'][number][] = [];
	const upwards = new Set<string>();
	const binds = new Set<string>();
	const git: GitCommand[] = [gitInMagics(source)];
	const above: string[] = [];
	parser.parse(plain).iterate({
		enter(node) {
			const parent = above.at(-1) ?? '';
			above.push(node.name);
			if (node.name === 'ImportStatement') {
				const line = lineOf(plain, node.from);
				const certain = isCertain(node.node);
				for (const name of importedNames(plain.slice(node.from, node.to))) {
					const before = imports.get(name);
					if (before === undefined || (!before.certain && certain)) imports.set(name, { name, line: before?.line ?? line, certain });
				}
			} else if (node.name === 'CallExpression') {
				git.push(startedGit(node, plain));
				const opened = openedPath(node, plain);
				if (opened === null) return;
				const { what, writes } = opened;
				const line = lineOf(plain, node.from);
				if (typeof what === 'string') opens.push({ path: what, line, writes });
				else opensNamed.push({ name: what.name, line, writes });
			} else if (node.name === 'VariableName') {
				if (!reading.has(parent)) binds.add(plain.slice(node.from, node.to));
			} else if (node.name === 'String' || node.name === 'FormatString') {
				const text = plainText(node, plain);
				const upward = text === null ? null : upwardPath(text);
				if (upward !== null) upwards.add(upward);
			}
		},
		leave: () => void above.pop(),
	});
	return { imports: [...imports.values()], opens, opensNamed, upwards: [...upwards], binds, changesImports, git: strongest(git) };
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

/** What a call starts of git: `run(["git", "log"])`, `system("git log")`. */
function startedGit(call: SyntaxNodeRef, source: string): GitCommand {
	const [first] = calledWith(call, source, starters)?.values ?? [];
	// In another folder, or with another environment, it may find another repository.
	if (first === undefined || /\b(?:cwd|env)\s*=/.test(source.slice(call.from, Math.min(call.to, call.from + 2000)))) return null;
	if (first.name === 'String') return gitInShell(plainText(first, source) ?? '');
	if (first.name !== 'ArrayExpression' && first.name !== 'TupleExpression') return null;
	const words: string[] = [];
	for (let child = first.firstChild; child !== null; child = child.nextSibling)
		if (child.name === 'String') words.push(plainText(child, source) ?? '-');
	return readGitCommand(words);
}

/** The name of the function or method, and its arguments; null where it is none of these. */
function calledWith(call: SyntaxNodeRef, source: string, names: ReadonlySet<string>): { name: string; values: SyntaxNode[] } | null {
	const callee = call.node.firstChild;
	const list = call.node.getChild('ArgList');
	const last = callee?.name === 'MemberExpression' ? callee.lastChild : callee;
	if (last == null || list === null) return null;
	const name = source.slice(last.from, last.to);
	return names.has(name) ? { name, values: argumentsOf(list) } : null;
}

function openedPath(call: SyntaxNodeRef, source: string): { what: string | { name: string }; writes: boolean } | null {
	const called = calledWith(call, source, openers);
	if (called === null) return null;
	const { name, values } = called;
	const writes = writers.has(name);
	const [first] = values;
	const path = first?.name === 'String' ? plainText(first, source) : null;
	const what = first?.name === 'VariableName' ? { name: source.slice(first.from, first.to) } : path;
	if (what === null || (path !== null && !looksLikeRelativePath(path))) return null;
	const mode = (name === 'open' || name === 'File') && values[1] !== undefined ? (plainText(values[1], source) ?? '') : '';
	return { what, writes: writes || /[wax]/.test(mode) };
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

/** The value of one plain string literal, a formatted one with its braces; null for everything else, also for one with escapes that would have to be read. */
function plainText({ name, from, to }: { readonly name: string; readonly from: number; readonly to: number }, source: string): string | null {
	// With its prefix and quotes. What is longer is not looked through.
	if ((name !== 'String' && name !== 'FormatString') || to - from > longestPath + 6) return null;
	const match = /^([rRuUfF]*)(["'])((?:(?!\2)[^\\\n]|\\(?=[^\n]))*)\2$/.exec(source.slice(from, to));
	if (match === null) return null;
	const [, prefix, , text = ''] = match;
	return text.includes('\\') && !prefix?.toLowerCase().includes('r') ? null : text;
}
