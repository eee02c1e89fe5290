import { type Static, Type } from '@sinclair/typebox';
import { NightlogError } from './nightlog-error.ts';

/** What every `type` of a problem begins with; what follows is the error's code. */
export const problemTypePrefix = 'urn:nightlog:problem:';

/** An error over HTTP and on standard error: `application/problem+json` (RFC 9457). */
export const Problem = Type.Object(
	{
		type: Type.String({ description: 'urn:nightlog:problem:<area>/<what>; stable.' }),
		title: Type.String({ description: 'A sentence that tells the person what to do.' }),
		status: Type.Integer({ minimum: 400, maximum: 599 }),
		detail: Type.Optional(Type.String()),
		requestId: Type.Optional(Type.String({ description: "Find it in the server's log." })),
		retryable: Type.Optional(Type.Boolean()),
		errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }, { additionalProperties: false }))),
		data: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
	},
	{ $id: 'Problem', additionalProperties: false },
);
export type Problem = Static<typeof Problem>;

/** The problem document of an error. Unknown errors say only that something went wrong inside: their text may hold anything. */
export function problemOf(error: unknown, requestId?: string): Problem {
	const known =
		error instanceof NightlogError
			? error
			: new NightlogError('internal/unexpected', 'Something went wrong inside Nightlog; the server log has the details.');
	return {
		type: problemTypePrefix + known.code,
		title: known.message,
		status: known.status,
		...(requestId === undefined ? {} : { requestId }),
		...(known.retryable ? { retryable: true } : {}),
		...(known.errors.length > 0 ? { errors: [...known.errors] } : {}),
		...(Object.keys(known.data).length > 0 ? { data: { ...known.data } } : {}),
	};
}

/** The error that a problem document tells of. */
export function errorOfProblem(problem: Problem): NightlogError {
	const code = problem.type.startsWith(problemTypePrefix) ? problem.type.slice(problemTypePrefix.length) : problem.type;
	return new NightlogError(code, problem.title, {
		status: problem.status,
		retryable: problem.retryable ?? false,
		errors: problem.errors ?? [],
		data: { ...problem.data, ...(problem.requestId === undefined ? {} : { requestId: problem.requestId }) },
	});
}
