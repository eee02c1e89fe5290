import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import type { JsonValue } from '../notebook/json-node.ts';
import type { ParameterType } from './parameter-schema.ts';
import { operandsOf, readPythonLiteral } from './read-python-literal.ts';
import { readPythonString } from './read-python-string.ts';

/** What an annotation says about the values of a parameter. */
export interface PythonAnnotation {
	/** `none` where only None is allowed, `unknown` where types are mixed or anything goes, null where the annotation is none that is known here. */
	readonly type: ParameterType | null;
	/** Whether None is allowed beside that type. */
	readonly nullable: boolean;
	/**
	 * Whether it is `float`, or a list or a dictionary of floats at every depth; null where that is not said, as by `list` alone or a name that is not
	 * known here.
	 */
	readonly floats: boolean | null;
	/** The values of a `Literal[...]`. */
	readonly choices: readonly JsonValue[] | null;
	/** Bounds, included, as annotated-types and pydantic write them. */
	readonly minimum: number | null;
	readonly maximum: number | null;
}

const typeNames: Readonly<Record<string, ParameterType>> = {
	str: 'string',
	int: 'integer',
	float: 'number',
	bool: 'boolean',
	list: 'list',
	List: 'list',
	tuple: 'list',
	Tuple: 'list',
	Sequence: 'list',
	MutableSequence: 'list',
	Iterable: 'list',
	Collection: 'list',
	dict: 'dictionary',
	Dict: 'dictionary',
	Mapping: 'dictionary',
	MutableMapping: 'dictionary',
	None: 'none',
	Any: 'unknown',
	object: 'unknown',
};

const nothing: PythonAnnotation = { type: null, nullable: false, floats: null, choices: null, minimum: null, maximum: null };

/** Reads the text of an annotation: what stands between the colon and the equals sign, or in a type comment. */
export function readPythonAnnotation(text: string): PythonAnnotation {
	const source = `(${text})`;
	const statement = parser.parse(source).topNode.firstChild;
	const expression = statement?.firstChild;
	if (statement?.name !== 'ExpressionStatement' || expression === undefined || expression === null || statement.nextSibling !== null) return nothing;
	const [inner, ...more] = operandsOf(expression);
	return expression.name !== 'ParenthesizedExpression' || inner === undefined || more.length > 0 ? nothing : read(inner, source);
}

function read(node: SyntaxNode, source: string, levels = 100): PythonAnnotation {
	if (levels === 0) return nothing;
	const text = source.slice(node.from, node.to);
	switch (node.name) {
		case 'VariableName':
		case 'None':
			return { ...named(text), nullable: text === 'None' };
		case 'String': {
			// A name that is not defined yet is written as a string.
			const quoted = readPythonString(text);
			return quoted === undefined ? nothing : readPythonAnnotation(quoted);
		}
		case 'BinaryExpression': {
			const [left, operator, right] = operandsAndOperator(node);
			if (left === undefined || right === undefined || operator !== '|') return nothing;
			return union([read(left, source, levels - 1), read(right, source, levels - 1)]);
		}
		case 'MemberExpression':
			return readMember(node, source, levels - 1);
		default:
			return nothing;
	}
}

/** A type by its name alone. */
function named(name: string): PythonAnnotation {
	const type = typeNames[name] ?? null;
	return { ...nothing, type, floats: type === null || type === 'list' || type === 'dictionary' ? null : type === 'number' };
}

function operandsAndOperator(node: SyntaxNode): [SyntaxNode | undefined, string, SyntaxNode | undefined] {
	const [left, operator, right] = operandsOf(node);
	return [left, operator?.name === 'BitOp' ? '|' : '', right];
}

/** `typing.Optional`, `Optional[int]`, `list[str]`, `Annotated[int, ...]`. */
function readMember(node: SyntaxNode, source: string, levels: number): PythonAnnotation {
	const [base, ...rest] = operandsOf(node);
	if (base === undefined) return nothing;
	const property = node.getChild('PropertyName');
	if (property !== null) return named(source.slice(property.from, property.to));
	const name = source.slice(base.from, base.to).replace(/^.*\./s, '');
	switch (name) {
		case 'Optional':
			return { ...union(rest.map((part) => read(part, source, levels))), nullable: true };
		case 'Union':
			return union(rest.map((part) => read(part, source, levels)));
		case 'Final':
		case 'ClassVar':
			return rest[0] === undefined ? nothing : read(rest[0], source, levels);
		case 'Annotated': {
			const [type, ...details] = rest;
			return type === undefined ? nothing : withBounds(read(type, source, levels), details, source);
		}
		case 'Literal':
			return readLiteral(rest, source);
		default:
			return readContents(named(name), rest, source, levels);
	}
}

/** `list[float]`, `tuple[float, ...]`, `dict[str, float]`. */
function readContents(annotation: PythonAnnotation, inner: readonly SyntaxNode[], source: string, levels: number): PythonAnnotation {
	if (annotation.type !== 'list' && annotation.type !== 'dictionary') return annotation;
	const items = annotation.type === 'list' ? inner.filter(({ name }) => name !== 'Ellipsis') : inner.slice(1);
	return { ...annotation, floats: allFloats(items.map((item) => read(item, source, levels))) };
}

function allFloats(parts: readonly PythonAnnotation[]): boolean | null {
	if (parts.some(({ floats }) => floats === false)) return false;
	return parts.length === 0 || parts.some(({ floats }) => floats === null) ? null : true;
}

function readLiteral(nodes: readonly SyntaxNode[], source: string): PythonAnnotation {
	const literals = nodes.map((node) => readPythonLiteral(node, source));
	const known = literals.flatMap((literal) => literal ?? []);
	if (known.length < literals.length || known.length === 0) return nothing;
	const values = known.filter(({ type }) => type !== 'none');
	const types = new Set(values.map(({ type }) => type));
	const type = types.size === 0 ? 'none' : types.size === 1 ? values[0]!.type : 'unknown';
	return { ...nothing, type, nullable: values.length < known.length, choices: values.map(({ value }) => value) };
}

function union(parts: readonly PythonAnnotation[]): PythonAnnotation {
	const nullable = parts.some((part) => part.nullable);
	const real = parts.filter(({ type }) => type !== 'none');
	if (real.length === 0) return { ...nothing, type: parts.length === 0 ? null : 'none', nullable };
	if (real.length === 1) return { ...real[0]!, nullable };
	const types = new Set(real.map(({ type }) => type));
	if (types.size === 1 && real.every(({ choices }) => choices !== null)) {
		return { ...real[0]!, nullable, choices: real.flatMap(({ choices }) => choices ?? []) };
	}
	const numbers = [...types].every((type) => type === 'integer' || type === 'number');
	const type = types.size === 1 ? real[0]!.type : types.has(null) ? null : numbers ? 'number' : 'unknown';
	return { ...nothing, type, nullable, floats: allFloats(real) };
}

/** Adds what `Field(ge=0, le=1)`, `Ge(0)`, `Le(1)` and `Interval(ge=0, le=1)` say. */
function withBounds(annotation: PythonAnnotation, details: readonly SyntaxNode[], source: string): PythonAnnotation {
	let { minimum, maximum } = annotation;
	const { type } = annotation;
	if (type !== 'integer' && type !== 'number') return annotation;
	for (const detail of details) {
		const [callee, list] = operandsOf(detail);
		if (detail.name !== 'CallExpression' || callee === undefined || list === undefined) continue;
		const called = source.slice(callee.from, callee.to).replace(/^.*\./s, '');
		const values = operandsOf(list);
		values.forEach((node, index) => {
			const isNamed = values[index - 1]?.name === 'AssignOp';
			const literal = readPythonLiteral(node, source);
			if (typeof literal?.value !== 'number') return;
			const name = values[index - 2];
			const word = isNamed && name !== undefined ? source.slice(name.from, name.to) : called.toLowerCase();
			const whole = type === 'integer' && Number.isInteger(literal.value);
			if (word === 'ge') minimum = literal.value;
			if (word === 'le') maximum = literal.value;
			// Bounds that are not included have a neighbour only among the integers.
			if (word === 'gt' && whole) minimum = literal.value + 1;
			if (word === 'lt' && whole) maximum = literal.value - 1;
		});
	}
	return { ...annotation, minimum, maximum };
}
