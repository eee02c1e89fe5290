import type { Finding } from '../base/finding.ts';
import type { CellId } from '../base/ids.ts';
import type { Notebook, NotebookCell } from '../notebook/notebook.ts';
import { describeAssignment } from './describe-assignment.ts';
import { notebookLanguage } from './notebook-language.ts';
import type { Parameter } from './parameter-schema.ts';
import { type PythonAssignment, pythonAssignments } from './python-assignments.ts';

/** The tag of the cell that holds a notebook's parameters, as papermill has it. */
export const parametersTag = 'parameters';

/** What of a notebook its parameters are found by. */
export type ParametersSource = Pick<Notebook, 'cells' | 'kernelName' | 'language'>;

/** The parameters of a notebook, and what was seen while looking for them. */
export interface FoundParameters {
	/** In the order of the cell; a name that is assigned twice stands where its last assignment is. */
	readonly parameters: readonly Parameter[];
	/** `parameter/no-cell`, `parameter/several-cells`, `parameter/not-code`, `parameter/not-read`, `parameter/syntax`; never an error. */
	readonly findings: readonly Finding[];
	/** Whether the notebook could be looked at; false where its language is none that is read here, and so nothing is known of its parameters. */
	readonly inspected: boolean;
	/** Names of parameters that may be None beside their type. */
	readonly nullable: ReadonlySet<string>;
	/** Names of parameters that are lists or dictionaries of floats: whole numbers in their values are floats, too. */
	readonly floatsWithin: ReadonlySet<string>;
	/** The cell tagged `parameters`; null where there is none. */
	readonly cell: CellId | null;
}

/**
 * Finds the parameters of a notebook the way papermill does: the assignments in the first cell that is tagged `parameters`. Types come from the annotation,
 * else from the default's literal; help from the comment behind it. Only Python is read; in other languages nothing is guessed.
 */
export function findParameters(notebook: ParametersSource): FoundParameters {
	const findings: Finding[] = [];
	const tell = (code: string, severity: Finding['severity'], cell: CellId | null, message: string) => {
		findings.push({ code: `parameter/${code}`, severity, message, cell, path: null });
	};
	const tagged = notebook.cells.filter(({ tags }) => tags.includes(parametersTag));
	const cell = tagged[0];
	const language = notebookLanguage(notebook);
	const none = { parameters: [], nullable: new Set<string>(), floatsWithin: new Set<string>(), findings };
	if (cell === undefined) {
		tell('no-cell', 'information', null, 'No cell is tagged "parameters". Give that tag to the cell whose values a job may change.');
		return { ...none, inspected: language === 'python', cell: null };
	}
	if (tagged.length > 1) {
		const others = tagged.slice(1).map(({ index }) => index + 1);
		tell(
			'several-cells',
			'warning',
			tagged[1]!.id,
			`Only the first cell tagged "parameters" counts, cell ${cell.index + 1}; not cell ${others.join(', ')}.`,
		);
	}
	if (language !== 'python') {
		const message = `Parameters are read from Python only, and this notebook is in ${notebook.language ?? 'a language that it does not name'}: values are passed on unchecked.`;
		tell('not-read', 'information', cell.id, message);
		return { ...none, inspected: false, cell: cell.id };
	}
	if (cell.type !== 'code') {
		tell('not-code', 'warning', cell.id, `Cell ${cell.index + 1} is tagged "parameters" and is no code cell, so it sets nothing. Move the tag.`);
		return { ...none, inspected: true, cell: cell.id };
	}
	const { assignments, brokenLines } = pythonAssignments(cell.source);
	if (brokenLines.length > 0) {
		const message = `Line ${brokenLines[0]} of the parameters cell is no Python; what stands there is left out.`;
		tell('syntax', 'warning', cell.id, message);
	}
	const nullable = new Set<string>();
	const floatsWithin = new Set<string>();
	const last = new Map<string, Parameter>();
	const annotations = new Map<string, string>();
	for (const assignment of assignments) {
		if (assignment.annotation !== null) annotations.set(assignment.name, assignment.annotation);
		const { parameter, mayBeNone, hasFloats } = parameterOf({ ...assignment, annotation: annotations.get(assignment.name) ?? null }, cell);
		last.delete(assignment.name);
		last.set(assignment.name, parameter);
		nullable.delete(assignment.name);
		if (mayBeNone) nullable.add(assignment.name);
		floatsWithin.delete(assignment.name);
		if (hasFloats) floatsWithin.add(assignment.name);
	}
	return { parameters: [...last.values()], findings, inspected: true, nullable, floatsWithin, cell: cell.id };
}

interface Described {
	readonly parameter: Parameter;
	readonly mayBeNone: boolean;
	readonly hasFloats: boolean;
}

function parameterOf(assignment: PythonAssignment, cell: NotebookCell): Described {
	const { name, line, help, from, to } = assignment;
	const { literal, annotation, hasFloats } = describeAssignment(assignment, cell.source);
	const parameter: Parameter = {
		name,
		type: annotation?.type ?? literal?.type ?? 'unknown',
		default: literal?.value ?? null,
		help,
		cell: cell.id,
		line,
		choices: annotation?.choices == null ? null : [...annotation.choices],
		minimum: annotation?.minimum ?? null,
		maximum: annotation?.maximum ?? null,
		source: cell.source.slice(from, to),
	};
	return { parameter, mayBeNone: literal?.type === 'none' || (annotation?.nullable ?? false), hasFloats };
}
