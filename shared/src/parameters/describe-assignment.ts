import type { PythonAssignment } from './python-assignments.ts';
import { type PythonAnnotation, readPythonAnnotation } from './read-python-annotation.ts';
import { type PythonLiteral, readPythonLiteral } from './read-python-literal.ts';

/** What is known of the values of a name from where it is assigned. */
export interface AssignmentDescription {
	/** Its default; undefined where that has to be computed. */
	readonly literal: PythonLiteral | undefined;
	readonly annotation: PythonAnnotation | null;
	/** Whether it is a list or a dictionary of floats: by its annotation, else by its default. */
	readonly hasFloats: boolean;
}

/** Describes an assignment in that source. */
export function describeAssignment(assignment: Pick<PythonAssignment, 'value' | 'annotation'>, source: string): AssignmentDescription {
	const literal = assignment.value === null ? undefined : readPythonLiteral(assignment.value, source);
	const annotation = assignment.annotation === null ? null : readPythonAnnotation(assignment.annotation);
	const type = annotation?.type ?? literal?.type;
	const holdsMany = type === 'list' || type === 'dictionary';
	const hasFloats = annotation?.floats === true || (holdsMany && (annotation?.floats ?? literal?.floatsWithin ?? false));
	return { literal, annotation, hasFloats };
}
