import type { TSchema } from '@sinclair/typebox';
import type { MediaType } from './route.ts';
import type { OperationId, routes } from './routes.ts';

type Routes = typeof routes;
type StaticOf<Schema> = Schema extends TSchema ? Schema['static'] : null;
type BodyOf<Body> = Body extends { schema: infer Schema } ? (Schema extends TSchema ? Schema['static'] : Uint8Array<ArrayBuffer>) : null;

/** The path's parameters of an operation; null where it has none. */
export type OperationParams<Id extends OperationId> = StaticOf<Routes[Id]['params']>;
/** The query of an operation; null where it has none. */
export type OperationQuery<Id extends OperationId> = StaticOf<Routes[Id]['query']>;
/** The headers that an operation names, in lower case; null where it names none. */
export type OperationHeaders<Id extends OperationId> = StaticOf<Routes[Id]['headers']>;
/** The body of a request: JSON by its schema, bytes where the route has none, null where it takes no body. */
export type OperationBody<Id extends OperationId> = BodyOf<Routes[Id]['body']>;

type Answers<Id extends OperationId> = Routes[Id]['answers'];
type AnswerOf<Answer> = Answer extends { schema: infer Schema; media: infer Media }
	? Schema extends TSchema
		? Schema['static']
		: Media extends 'application/json'
			? null
			: 'bytes'
	: never;

/** What comes back by status: JSON by its schema, null where the body is empty, `'bytes'` where it is not JSON. */
export type OperationAnswers<Id extends OperationId> = { [Status in keyof Answers<Id>]: AnswerOf<Answers<Id>[Status]> };

/** The media type of an answer is one of these where it is not JSON. */
export type ByteMedia = Exclude<MediaType, 'application/json' | 'application/problem+json'>;
