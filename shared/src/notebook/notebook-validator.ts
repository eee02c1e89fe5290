import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { jsonPointer } from '../base/json-pointer.ts';
import type { JsonNode, JsonValue } from './json-node.ts';
import { isJsonMime } from './multiline-fields.ts';
import type { Notebook, NotebookCell } from './notebook.ts';
import { type NotebookProblem, placesOf } from './notebook-problem.ts';
import { lacksId, newestMinor } from './parse-notebook.ts';
import { readSchemaErrors } from './read-schema-errors.ts';
import schema0 from './schemas/nbformat.v4.0.schema.json' with { type: 'json' };
import schema1 from './schemas/nbformat.v4.1.schema.json' with { type: 'json' };
import schema2 from './schemas/nbformat.v4.2.schema.json' with { type: 'json' };
import schema3 from './schemas/nbformat.v4.3.schema.json' with { type: 'json' };
import schema4 from './schemas/nbformat.v4.4.schema.json' with { type: 'json' };
import schema5 from './schemas/nbformat.v4.5.schema.json' with { type: 'json' };

const schemas: readonly object[] = [schema0, schema1, schema2, schema3, schema4, schema5];

/** Longer texts are not copied for the check: no rule looks behind their start. */
const lookedAt = 256;

/** Checks one piece of a notebook; the name says which definition of the schema it has to meet, null the notebook without its cells. */
type CheckPiece = (definition: string | null, value: JsonValue) => readonly ErrorObject[];

/**
 * Tells every place where a notebook does not meet the official schema of its format, in the order of the text: `notebook/invalid`, an error; but a cell
 * without an id is `notebook/missing-id`, a warning, as it is when it is read.
 */
export type NotebookValidator = (notebook: Notebook) => NotebookProblem[];

/**
 * A validator by nbformat's own schemas 4.0 to 4.5. Nothing is compiled before the first notebook of a format comes; after that a check takes time by the
 * number of cells and outputs, not by their size. A newer format is checked as nbformat does it: by 4.5, with further members, cells and outputs allowed.
 */
export function createNotebookValidator(): NotebookValidator {
	const compiled = new Map<number, CheckPiece>();
	return (notebook) => {
		const minor = Math.min(notebook.minor, newestMinor + 1);
		let check = compiled.get(minor);
		if (check === undefined) {
			check = compileSchema(minor);
			compiled.set(minor, check);
		}
		return validate(notebook, check, minor > newestMinor);
	};
}

/** What a validator of that format needs; the schemas' own choice between kinds of cells is taken apart, so that a problem is told once, for the kind that it is. */
function compileSchema(minor: number): CheckPiece {
	const text = JSON.stringify(schemas[Math.min(minor, newestMinor)]);
	const schema = JSON.parse(text, (name, value: unknown) => {
		if (name === '$schema') return undefined;
		return name === 'additionalProperties' && minor > newestMinor ? true : value;
	}) as { $id?: string; definitions: { cell: object; output: object } };
	schema.$id = 'nbformat';
	schema.definitions.cell = {};
	schema.definitions.output = {};
	const ajv = new Ajv({ allErrors: true, strict: false, logger: false, schemas: [schema] });
	const checks = new Map<string, ValidateFunction>();
	return (definition, value) => {
		const reference = definition === null ? 'nbformat' : `nbformat#/definitions/${definition}`;
		const check = checks.get(reference) ?? ajv.getSchema(reference);
		if (check === undefined) throw new Error(`the schema of nbformat has no ${reference}`);
		checks.set(reference, check);
		return check(value) ? [] : (check.errors ?? []);
	};
}

function validate(notebook: Notebook, check: CheckPiece, isNewer: boolean): NotebookProblem[] {
	const placeOf = placesOf(notebook.text);
	const problems: NotebookProblem[] = [];
	const examine = (segments: readonly (string | number)[], node: JsonNode, definition: string | null, value: JsonValue) => {
		for (const { path, at, message } of readSchemaErrors(check(definition, value), node, segments)) {
			problems.push({ code: 'notebook/invalid', severity: 'error', message, path, ...placeOf(at) });
		}
	};
	const examineCell = (segments: readonly (string | number)[], cell: NotebookCell, definition: string) => {
		const isNameless = lacksId(cell, notebook.minor);
		// The place of the id is taken by one that is none: so nothing else of the cell goes unseen.
		const value = cellSkeleton(cell.node);
		examine(segments, cell.node, definition, isNameless ? { ...(value as object), id: 'none' } : value);
		if (!isNameless) return;
		const message = `Cell ${cell.index + 1} has no "id", which nbformat asks for.`;
		problems.push({ code: 'notebook/missing-id', severity: 'warning', message, path: jsonPointer(segments), ...placeOf(cell.node.start) });
	};
	const kindOf = (known: readonly string[], kind: JsonValue | undefined, fallback: string) => {
		const isKnown = typeof kind === 'string' && known.includes(kind);
		return isKnown ? kind : isNewer && kind !== undefined ? `unrecognized_${fallback}` : undefined;
	};
	const complain = (segments: readonly (string | number)[], node: JsonNode, name: string, known: readonly string[]) => {
		const value = { [name]: node.get(name)?.value() ?? null };
		const error = { instancePath: `/${name}`, schemaPath: '', keyword: 'enum', params: { allowedValues: known } };
		const missing = { instancePath: '', schemaPath: '', keyword: 'required', params: { missingProperty: name } };
		for (const { path, at, message } of readSchemaErrors([value[name] === null ? missing : error], node, segments)) {
			problems.push({ code: 'notebook/invalid', severity: 'error', message, path, ...placeOf(at) });
		}
	};

	examine([], notebook.root, null, withoutCells(notebook.root));
	for (const cell of notebook.cells) {
		const segments = ['cells', cell.index];
		const type = kindOf(['code', 'markdown', 'raw'], cell.type, 'cell');
		if (type === undefined) {
			complain(segments, cell.node, 'cell_type', ['code', 'markdown', 'raw']);
			continue;
		}
		examineCell(segments, cell, type.startsWith('unrecognized') ? type : `${type}_cell`);
		if (type !== 'code') continue;
		const outputTypes = ['execute_result', 'display_data', 'stream', 'error'];
		cell.outputs.forEach((output, position) => {
			const place = [...segments, 'outputs', position];
			const outputType = kindOf(outputTypes, output.get('output_type')?.asString(), 'output');
			if (outputType === undefined) complain(place, output, 'output_type', outputTypes);
			else examine(place, output, outputType, outputSkeleton(output));
		});
	}
	return problems;
}

function withoutCells(root: JsonNode): JsonValue {
	return objectOf(root, (name, value) => (name === 'cells' ? [] : skeleton(value)));
}

function cellSkeleton(cell: JsonNode): JsonValue {
	return objectOf(cell, (name, value) => {
		if (name === 'attachments') return objectOf(value, (_, bundle) => bundleSkeleton(bundle));
		if (name === 'source') return shortened(value);
		return name === 'outputs' ? value.items().map(() => null) : skeleton(value);
	});
}

function outputSkeleton(output: JsonNode): JsonValue {
	return objectOf(output, (name, value) => (name === 'data' ? bundleSkeleton(value) : name === 'metadata' ? skeleton(value) : shortened(value)));
}

function bundleSkeleton(bundle: JsonNode): JsonValue {
	// JSON may be anything, so it need not be looked at.
	return objectOf(bundle, (mime, value) => (isJsonMime(mime) ? null : shortened(value)));
}

function objectOf(node: JsonNode, read: (name: string, value: JsonNode) => JsonValue): JsonValue {
	if (node.kind !== 'object') return skeleton(node);
	return Object.fromEntries(node.members().map(({ name, value }) => [name, read(name, value)]));
}

/** A text or a list of texts, each by its start. */
function shortened(node: JsonNode): JsonValue {
	if (node.kind === 'array') return node.items().map(shortened);
	return node.kind === 'string' && node.end - node.start > lookedAt ? 'x' : skeleton(node);
}

/** The value, but for floats that are whole: in draft 04 of JSON Schema, which these schemas are in, 1.0 is no integer, and JavaScript could not tell. */
function skeleton(node: JsonNode): JsonValue {
	switch (node.kind) {
		case 'object':
			return Object.fromEntries(node.members().map(({ name, value }) => [name, skeleton(value)]));
		case 'array':
			return node.items().map(skeleton);
		case 'number': {
			const value = Number(node.literal);
			return Number.isInteger(value) && /[.eE]/.test(node.literal) ? value + 0.5 : value;
		}
		default:
			return node.value();
	}
}
