import type { TSchema } from '@sinclair/typebox';

/** How a body travels. */
export type MediaType =
	| 'application/json'
	| 'application/octet-stream'
	| 'application/x-ipynb+json'
	| 'text/plain'
	| 'text/event-stream'
	| 'application/problem+json';

/** An answer that a route can give, by status. */
export interface RouteAnswer {
	readonly description: string;
	readonly media: MediaType;
	/** Null where the body is bytes or empty. */
	readonly schema: TSchema | null;
}

/** One operation of the API: from this table the server registers, the client calls and the OpenAPI document is written. */
export interface Route {
	readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
	/** Below the server's root, parameters as `{name}`; `{path}` at the end may hold slashes, percent-encoded. */
	readonly path: `/${string}`;
	readonly summary: string;
	/** Schema of the path's parameters; each a string. */
	readonly params: TSchema | null;
	readonly query: TSchema | null;
	readonly headers: TSchema | null;
	readonly body: { readonly media: MediaType; readonly schema: TSchema | null } | null;
	readonly answers: Readonly<Record<number, RouteAnswer>>;
}
