import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import { placesOf } from '../notebook/notebook-problem.ts';

/** An assignment at the top of a cell, one for each name that it gives a value. Offsets are into the cell's source. */
export interface PythonAssignment {
	readonly name: string;
	/** Counted from 1. */
	readonly line: number;
	/** Of the annotation, or of the type comment; null where there is none. */
	readonly annotation: string | null;
	/** The expression; null where several names share one that has to be taken apart, or where the name was changed afterwards. */
	readonly value: SyntaxNode | null;
	/** Where the expression's text starts and ends. */
	readonly from: number;
	readonly to: number;
	/** The comment behind it; null where there is none. */
	readonly help: string | null;
}

/** What stands at the top of a Python cell. */
export interface PythonCell {
	/** In the order of the text; a name occurs as often as it is assigned. */
	readonly assignments: readonly PythonAssignment[];
	/** Lines, counted from 1, where the source stops being Python. */
	readonly brokenLines: readonly number[];
}

/**
 * Finds the assignments at the top level of a Python cell. Lines for IPython (`%matplotlib inline`, `!ls`) are passed over; a cell whose first line gives
 * it to another program (`%%bash`) has none.
 */
export function pythonAssignments(source: string): PythonCell {
	if (/^\s*%%(?!time\b|timeit\b|capture\b|prun\b)/.test(source)) return { assignments: [], brokenLines: [] };
	const plain = scan(source, source);
	if (plain.brokenLines.length === 0) return plain;
	// Only where the cell is no Python as it stands: a line that begins with % may be part of an expression.
	const withoutMagics = source.replace(/^[ \t]*[%!].*$|^.*[^\s?]\?{1,2}[ \t]*$/gm, (line) => ' '.repeat(line.length));
	const cleaned = scan(withoutMagics, source);
	return cleaned.brokenLines.length < plain.brokenLines.length ? cleaned : plain;
}

/** @param parsed the source as it is parsed, of the same length as `source`, which offsets and texts are taken from */
function scan(parsed: string, source: string): PythonCell {
	const tree = parser.parse(parsed);
	const placeOf = placesOf(source);
	const lineOf = (offset: number) => placeOf(offset).line;
	const assignments: PythonAssignment[] = [];
	const brokenLines = new Set<number>();
	tree.iterate({
		enter: (node) => {
			if (!node.type.isError) return;
			const parent = node.node.parent;
			// `1.` is a number, whatever the grammar says.
			if (parent?.name === 'MemberExpression' && /^[\d_]+\.$/.test(parsed.slice(parent.from, parent.to))) return;
			brokenLines.add(lineOf(node.from));
		},
	});
	const statements: SyntaxNode[] = [];
	for (let node = tree.topNode.firstChild; node !== null; node = node.nextSibling) {
		if (node.name === 'StatementGroup') for (let part = node.firstChild; part !== null; part = part.nextSibling) statements.push(part);
		else statements.push(node);
	}
	for (const statement of statements) {
		if (statement.name === 'AssignStatement') assignments.push(...readAssignment(statement, source, lineOf));
		else if (statement.name === 'UpdateStatement') assignments.push(...readUpdate(statement, source, lineOf));
	}
	return { assignments, brokenLines: [...brokenLines] };
}

function readAssignment(statement: SyntaxNode, source: string, lineOf: (offset: number) => number): PythonAssignment[] {
	// The targets of each equals sign, then the value: `a = b, c = 1, 2` has three groups.
	const groups: SyntaxNode[][] = [[]];
	let annotation: string | null = null;
	for (let child = statement.firstChild; child !== null; child = child.nextSibling) {
		if (child.name === 'AssignOp') groups.push([]);
		else if (child.name === 'TypeDef') annotation = source.slice(child.from, child.to).replace(/^:\s*/, '');
		else if (child.name !== ',' && child.name !== 'Comment') groups[groups.length - 1]!.push(child);
	}
	const values = groups.pop() ?? [];
	const first = values[0];
	const last = values[values.length - 1];
	if (groups.length === 0 || first === undefined || last === undefined) return [];
	const comment = commentOf(statement, source);
	const found: PythonAssignment[] = [];
	for (const targets of groups) {
		targets.forEach((target, index) => {
			if (target.name !== 'VariableName') return;
			const single = targets.length === 1 && values.length === 1;
			const paired = targets.length > 1 && targets.length === values.length && targets.every(({ name }) => name === 'VariableName');
			const value = single ? first : paired ? values[index]! : null;
			found.push({
				name: source.slice(target.from, target.to),
				line: lineOf(target.from),
				annotation: annotation ?? comment.type,
				value,
				from: (value ?? first).from,
				to: (value ?? last).to,
				help: comment.help,
			});
		});
	}
	return found;
}

/** `n += 1` leaves a value that has to be computed. */
function readUpdate(statement: SyntaxNode, source: string, lineOf: (offset: number) => number): PythonAssignment[] {
	const target = statement.firstChild;
	if (target?.name !== 'VariableName') return [];
	const value = statement.lastChild ?? target;
	const { help } = commentOf(statement, source);
	return [
		{
			name: source.slice(target.from, target.to),
			line: lineOf(target.from),
			annotation: null,
			value: null,
			from: value.from,
			to: value.to,
			help,
		},
	];
}

/** The comment behind a statement, else the one on the line where it begins; `# type: int how many` is a type and a help. */
function commentOf(statement: SyntaxNode, source: string): { readonly type: string | null; readonly help: string | null } {
	const lineEnd = (offset: number) => {
		const rest = /[\r\n]|$/.exec(source.slice(offset));
		return offset + (rest?.index ?? 0);
	};
	const comments: SyntaxNode[] = [];
	let node: SyntaxNode | null = statement.nextSibling;
	// Within a group of statements on one line the comment stands behind the group, and belongs to its last.
	if (node === null && statement.parent?.name === 'StatementGroup') node = statement.parent.nextSibling;
	if (node?.name === 'Comment' && node.from <= lineEnd(statement.to)) comments.push(node);
	const cursor = statement.cursor();
	const firstLineEnd = lineEnd(statement.from);
	while (comments.length === 0 && cursor.next() && cursor.from < statement.to) {
		if (cursor.name === 'Comment' && cursor.from <= firstLineEnd) comments.push(cursor.node);
	}
	const comment = comments[0];
	if (comment === undefined) return { type: null, help: null };
	const text = source
		.slice(comment.from, comment.to)
		.replace(/^#+:?\s*/, '')
		.trim();
	const typed = /^type:\s*(?!ignore\b)([^\s[]+(?:\[[^\]]*\])?)\s*(.*)$/.exec(text);
	const help = typed === null ? text : typed[2]!;
	return { type: typed?.[1] ?? null, help: help === '' ? null : help };
}
