import { NightlogError } from '../base/nightlog-error.ts';
import { describeAssignment } from './describe-assignment.ts';
import type { Parameter } from './parameter-schema.ts';
import { pythonAssignments } from './python-assignments.ts';
import { pythonValue } from './python-value.ts';

/**
 * The source of a Python parameters cell with another default: only the text of that one value changes. The new text keeps the kind of quotes that
 * stood there.
 *
 * @throws NightlogError `parameter/unknown-name` when nothing in the cell gives that name a value of its own
 */
export function changeDefault(source: string, parameter: Pick<Parameter, 'name' | 'type'>, value: unknown): string {
	const assignment = pythonAssignments(source).assignments.findLast(({ name }) => name === parameter.name);
	if (assignment === undefined || assignment.value === null) {
		throw new NightlogError('parameter/unknown-name', `The cell gives ${JSON.stringify(parameter.name)} no value of its own that could be changed.`, {
			status: 422,
		});
	}
	const before = source.slice(assignment.from, assignment.to);
	const quote = /["']/.exec(before)?.[0] === "'" ? "'" : '"';
	const innerType = describeAssignment(assignment, source).hasFloats ? 'number' : 'unknown';
	const after = pythonValue(value, parameter.type, innerType, { quote, asciiOnly: false });
	return source.slice(0, assignment.from) + after + source.slice(assignment.to);
}
