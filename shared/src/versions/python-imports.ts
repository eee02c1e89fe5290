import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';

/** What a piece of Python asks for: a module, a file that it runs, or a folder in which modules are looked for from then on. */
export type PythonImport =
	| {
			readonly kind: 'module';
			/** Dots before the name: 0 for an absolute one, 1 for the module's own package. */
			readonly level: number;
			/** `a.b` as `['a', 'b']`; empty for `from . import x`. */
			readonly name: readonly string[];
			/** Names that are imported from it; each may be a module of its own. */
			readonly members: readonly string[];
	  }
	| { readonly kind: 'file'; readonly path: string }
	| { readonly kind: 'folder'; readonly path: string };

/** Cell magics whose cell is Python all the same. */
const pythonCellMagics = /^\s*%%(?:time|timeit|capture|prun|debug|python3?|pypy)\b/;

/**
 * Finds what a cell or a module imports, wherever it stands: also in functions and branches, by `importlib.import_module("a.b")` and `%run x.py` where
 * the name is written out. Lines for IPython do not disturb it, nor does what is no Python: then what can be read is taken.
 */
export function pythonImports(source: string): PythonImport[] {
	const imports: PythonImport[] = [];
	if (/^\s*%%/.test(source) && !pythonCellMagics.test(source)) return imports;
	const text = blankMagics(source, imports);
	parser.parse(text).iterate({
		enter(node) {
			if (node.name === 'ImportStatement') imports.push(...readImport(node.node, text));
			else if (node.name === 'CallExpression') imports.push(...readCall(node.node, text));
		},
	});
	return imports;
}

/** Takes IPython's own lines out and puts statements of the same length in their place, so that blocks stay blocks. */
function blankMagics(source: string, imports: PythonImport[]): string {
	return source.replace(/^([ \t]*)(%{1,2}|!{1,2})(.*)$/gm, (line, indent: string, mark: string, rest: string) => {
		if (mark.startsWith('%')) imports.push(...readMagic(rest));
		const length = line.length - indent.length;
		return indent + (length >= 4 ? 'pass'.padEnd(length) : ' '.repeat(length));
	});
}

function readMagic(text: string): PythonImport[] {
	const [magic = '', ...words] = text.trim().match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
	const plain = words.map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
	switch (magic) {
		case 'run': {
			const module = plain.indexOf('-m');
			if (module >= 0) return moduleNamed(plain[module + 1] ?? '');
			const file = plain.find((word) => !word.startsWith('-'));
			if (file === undefined) return [];
			return [{ kind: 'file', path: /\.(?:py|ipy|ipynb)$/i.test(file) ? file : `${file}.py` }];
		}
		case 'load_ext':
		case 'reload_ext':
			return moduleNamed(plain[0] ?? '');
		case 'aimport':
			return plain.flatMap((word) => moduleNamed(word.replace(/^-|,$/g, '')));
		default:
			return [];
	}
}

/** `import a.b as c, d`, `from ..a import (b as c, d)` and `from a import *`. */
function readImport(statement: SyntaxNode, text: string): PythonImport[] {
	const words: string[] = [];
	for (let child = statement.firstChild; child !== null; child = child.nextSibling) {
		if (child.name !== 'Comment') words.push(text.slice(child.from, child.to));
	}
	if (words[0] === 'import') {
		return splitByComma(words.slice(1)).flatMap((part) => {
			const name = withoutAlias(part).filter((word) => word !== '.');
			return isName(name) ? [{ kind: 'module' as const, level: 0, name, members: [] }] : [];
		});
	}
	const split = words.indexOf('import');
	if (words[0] !== 'from' || split < 0) return [];
	const from = words.slice(1, split).join('');
	const level = /^\.*/.exec(from)?.[0].length ?? 0;
	const name = from
		.slice(level)
		.split('.')
		.filter((part) => part !== '');
	const members = splitByComma(words.slice(split + 1).filter((word) => word !== '(' && word !== ')'))
		.map((part) => part[0] ?? '')
		.filter((member) => isName([member]));
	if (!isName(name) || (level === 0 && name.length === 0)) return [];
	return [{ kind: 'module', level, name, members }];
}

/** Calls that import by a name, run a file or add a folder to the search path, where they are written out. */
function readCall(call: SyntaxNode, text: string): PythonImport[] {
	const callee = call.firstChild;
	const list = call.getChild('ArgList');
	if (callee === null || list === null) return [];
	const name = text.slice(callee.from, callee.to).replace(/\s+/g, '');
	switch (name) {
		case 'importlib.import_module':
		case 'import_module':
		case '__import__':
		case 'runpy.run_module': {
			const [module] = stringsIn(list, text);
			return module === undefined ? [] : moduleNamed(module);
		}
		case 'runpy.run_path': {
			const [path] = stringsIn(list, text);
			return path === undefined ? [] : [{ kind: 'file', path }];
		}
		case 'sys.path.append':
		case 'sys.path.insert':
		case 'sys.path.extend':
		case 'site.addsitedir': {
			// `os.path.join("..", "src")` and `os.path.abspath("..")` are what is seen here.
			const parts = stringsIn(list, text);
			if (parts.length === 0) return /\.parent\b/.test(text.slice(list.from, list.to)) ? [{ kind: 'folder', path: '..' }] : [];
			return name === 'sys.path.extend' ? parts.map((path) => ({ kind: 'folder', path })) : [{ kind: 'folder', path: parts.join('/') }];
		}
		default:
			return [];
	}
}

/** Texts of the plain strings anywhere below a node. */
function stringsIn(node: SyntaxNode, text: string): string[] {
	const strings: string[] = [];
	node.cursor().iterate((inner) => {
		if (inner.name !== 'String') return;
		const match = /^[rRuU]?(?:'([^'\\\n]*)'|"([^"\\\n]*)")$/.exec(text.slice(inner.from, inner.to));
		if (match !== null) strings.push(match[1] ?? match[2] ?? '');
	});
	return strings;
}

/** A module by its dotted name, which may begin with dots. */
function moduleNamed(dotted: string): PythonImport[] {
	const level = /^\.*/.exec(dotted)?.[0].length ?? 0;
	const name = dotted.slice(level).split('.');
	return isName(name) && name.length > 0 ? [{ kind: 'module', level, name, members: [] }] : [];
}

function isName(parts: readonly string[]): boolean {
	return parts.every((part) => /^[\p{L}_][\p{L}\p{N}\p{M}_]*$/u.test(part));
}

function splitByComma(words: readonly string[]): string[][] {
	const parts: string[][] = [[]];
	for (const word of words) {
		if (word === ',') parts.push([]);
		else parts.at(-1)?.push(word);
	}
	return parts.filter((part) => part.length > 0);
}

function withoutAlias(words: readonly string[]): string[] {
	const alias = words.indexOf('as');
	return alias < 0 ? [...words] : words.slice(0, alias);
}
