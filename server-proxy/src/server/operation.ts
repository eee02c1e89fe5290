import type { OperationAnswers, OperationBody, OperationHeaders, OperationParams, OperationQuery } from '@nightlog/shared/api/operation-types';
import type { OperationId } from '@nightlog/shared/api/routes';
import type { EventSink } from './event-hub.ts';

/** A request that was authorised and found to be what the route's schemas say. */
export interface OperationRequest<Id extends OperationId> {
	readonly params: OperationParams<Id>;
	readonly query: OperationQuery<Id>;
	readonly headers: OperationHeaders<Id>;
	/** JSON by its schema; a stream where the body is bytes. */
	readonly body: OperationBody<Id> extends Uint8Array ? AsyncIterable<Uint8Array> : OperationBody<Id>;
	/** Ends when the client is gone. */
	readonly signal: AbortSignal;
	/** Whether the client asked for absolute paths in place of links: the command line does, on the same machine. */
	readonly localPaths: boolean;
}

/** What is sent where an answer is not JSON. */
export type Content =
	| { readonly kind: 'bytes'; readonly bytes: Uint8Array | string; readonly fileName?: string }
	/** By byte range where the route has an answer 206. */
	| { readonly kind: 'file'; readonly path: string; readonly fileName: string }
	/** `start` is called once the head was sent; what it gives back when the client is gone. */
	| { readonly kind: 'events'; readonly start: (sink: EventSink) => () => void };

type AnswerWith<Status, Body> = Body extends 'bytes'
	? { readonly status: Status; readonly content: Content }
	: { readonly status: Status; readonly body: Body };

type Answers = {
	[Id in OperationId]: { [Status in keyof OperationAnswers<Id>]: AnswerWith<Status, OperationAnswers<Id>[Status]> }[keyof OperationAnswers<Id>];
};

/** What an operation answers; errors are thrown. */
export type OperationAnswer<Id extends OperationId> = Answers[Id];

/** Does an operation. */
export type Handler<Id extends OperationId> = (request: OperationRequest<Id>) => OperationAnswer<Id> | Promise<OperationAnswer<Id>>;

/** A handler for every operation of the table. */
export type Handlers = { readonly [Id in OperationId]: Handler<Id> };

/** An answer as the server sends it, whatever the operation. */
export interface LooseAnswer {
	readonly status: number;
	readonly body?: unknown;
	readonly content?: Content;
}
