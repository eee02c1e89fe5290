import { isNightlogError, NightlogError } from '../base/nightlog-error.ts';
import { errorOfProblem, type Problem } from '../base/problem.ts';
import type { FetchLike, FetchResponse } from './fetch-like.ts';
import type { OperationAnswers, OperationBody, OperationHeaders, OperationParams, OperationQuery } from './operation-types.ts';
import type { Route } from './route.ts';
import { type OperationId, routes } from './routes.ts';

/** The header that every request carries: a page of another site cannot send it without being asked first, and we never agree. */
export const clientHeader = { name: 'x-nightlog', value: '1' } as const;

interface Parts<Id extends OperationId> {
	params: OperationParams<Id>;
	query: OperationQuery<Id>;
	headers: OperationHeaders<Id>;
	body: OperationBody<Id>;
}
type NeededParts<Given> = {
	[Name in keyof Given]-?: [Given[Name]] extends [null] ? never : Partial<Given[Name]> extends Given[Name] ? never : Name;
}[keyof Given];
type FreeParts<Given> = {
	[Name in keyof Given]-?: [Given[Name]] extends [null] ? never : Partial<Given[Name]> extends Given[Name] ? Name : never;
}[keyof Given];
type Flat<Value> = { readonly [Name in keyof Value]: Value[Name] };
type InputOf<Given> = Flat<Pick<Given, NeededParts<Given>> & Partial<Pick<Given, FreeParts<Given>>> & { signal?: AbortSignal }>;
type Inputs = { [Id in OperationId]: InputOf<Parts<Id>> };

/** What a call takes: `params`, `query`, `headers` and `body` as the route's schemas say, and a signal that ends it. */
export type OperationInput<Id extends OperationId> = Inputs[Id];

type OutputOf<Body> = 'bytes' extends Body ? FetchResponse : Body;
type Outputs = { [Id in OperationId]: OutputOf<OperationAnswers<Id>[keyof OperationAnswers<Id>]> };

/** What a call gives: the JSON of whichever answer came, null where it is empty, the open response where it is not JSON. */
export type OperationOutput<Id extends OperationId> = Outputs[Id];

/** An answer together with its status, for operations whose status says something (200 or 202, 200 or 201). */
export interface Answer<Id extends OperationId> {
	readonly status: number;
	readonly requestId: string | null;
	readonly body: OperationOutput<Id>;
}

/** Calls a server. */
export interface Client {
	/**
	 * @throws NightlogError with the code, status, errors and data of the problem that the server answered; `api/unreachable` (retryable) when it could
	 * not be asked; `api/unexpected-answer` when what answered is no Nightlog server. When `signal` ends the call, its reason is thrown.
	 */
	call<Id extends OperationId>(id: Id, input: OperationInput<Id>): Promise<OperationOutput<Id>>;
	/** As `call`, with the status. */
	ask<Id extends OperationId>(id: Id, input: OperationInput<Id>): Promise<Answer<Id>>;
}

/** What a client needs of its host. */
export interface ClientOptions {
	readonly fetch: FetchLike;
	/** Where the server's root is, without a slash at the end: `http://localhost`, or `https://hub/user/ana/nightlog` behind a proxy. */
	readonly baseUrl: string;
	/** Sent with every request, for example `authorization`. */
	readonly headers?: Readonly<Record<string, string>>;
}

const table: Readonly<Record<string, Route>> = routes;

interface LooseInput {
	readonly params?: Readonly<Record<string, unknown>> | undefined;
	readonly query?: Readonly<Record<string, unknown>> | undefined;
	readonly headers?: Readonly<Record<string, unknown>> | undefined;
	readonly body?: unknown;
	readonly signal?: AbortSignal | undefined;
}

/** A client whose calls are typed by the table of routes. */
export function createClient(options: ClientOptions): Client {
	const exchange = async (id: OperationId, input: LooseInput): Promise<{ status: number; requestId: string | null; body: unknown }> => {
		const route = table[id];
		if (route === undefined) throw new TypeError(`no operation ${id}`);
		const response = await send(options, route, input);
		const requestId = response.headers.get('x-request-id');
		if (response.status >= 400) throw await errorOf(response);
		const answer = route.answers[response.status];
		if (answer === undefined) throw unexpected(response.status, requestId);
		const body = answer.schema !== null ? await readJson(response, input.signal) : answer.media === 'application/json' ? null : response;
		return { status: response.status, requestId, body };
	};
	const call = async (id: OperationId, input: LooseInput) => (await exchange(id, input)).body;
	// The table gives the types; the compiler cannot follow them through a generic body.
	return { ask: exchange as Client['ask'], call: call as Client['call'] };
}

async function send(options: ClientOptions, route: Route, input: LooseInput): Promise<FetchResponse> {
	const headers: Record<string, string> = { ...options.headers, [clientHeader.name]: clientHeader.value, accept: acceptOf(route) };
	for (const [name, value] of Object.entries(input.headers ?? {})) if (value !== undefined) headers[name] = String(value);
	const init: { method: string; headers: Record<string, string>; body?: string | Uint8Array<ArrayBuffer>; signal?: AbortSignal } = {
		method: route.method,
		headers,
	};
	if (route.body !== null) {
		headers['content-type'] = route.body.media;
		init.body = route.body.schema === null ? (input.body as Uint8Array<ArrayBuffer>) : JSON.stringify(input.body);
	}
	if (input.signal !== undefined) init.signal = input.signal;
	try {
		return await options.fetch(urlOf(options.baseUrl, route, input), init);
	} catch (cause) {
		input.signal?.throwIfAborted();
		throw isNightlogError(cause) ? cause : unreachable(cause);
	}
}

function acceptOf(route: Route): string {
	const media = new Set(Object.values(route.answers).map((answer) => answer.media));
	// Alone, or jupyter-server-proxy holds the stream back to its end.
	if (media.has('text/event-stream')) return 'text/event-stream';
	return [...media, 'application/problem+json'].join(', ');
}

/** The address of an operation. */
export function urlOf(baseUrl: string, route: Pick<Route, 'path'>, input: Pick<LooseInput, 'params' | 'query'>): string {
	const path = route.path.replace(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(String(input.params?.[name])));
	const query = Object.entries(input.query ?? {}).filter(([, value]) => value !== undefined);
	const search = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`).join('&');
	return baseUrl + path + (search === '' ? '' : `?${search}`);
}

async function readJson(response: FetchResponse, signal: AbortSignal | undefined): Promise<unknown> {
	let text: string;
	try {
		text = await response.text();
	} catch (cause) {
		signal?.throwIfAborted();
		throw unreachable(cause);
	}
	try {
		return JSON.parse(text);
	} catch {
		throw unexpected(response.status, response.headers.get('x-request-id'));
	}
}

/** The error that an answer with a status from 400 tells of. */
export async function errorOf(response: FetchResponse): Promise<NightlogError> {
	const requestId = response.headers.get('x-request-id');
	const text = await response.text().catch(() => '');
	if (response.headers.get('content-type')?.startsWith('application/problem+json') === true) {
		try {
			return errorOfProblem(JSON.parse(text) as Problem);
		} catch {
			return unexpected(response.status, requestId);
		}
	}
	return unexpected(response.status, requestId);
}

function unexpected(status: number, requestId: string | null): NightlogError {
	// A proxy between us answers 502 to 504 while the server starts, and 429 when it is busy.
	const retryable = status === 429 || (status >= 502 && status <= 504);
	return new NightlogError(
		'api/unexpected-answer',
		`What answered is not this version of Nightlog, or something between us failed (status ${status}).`,
		{
			status: status >= 400 ? status : 502,
			retryable,
			data: requestId === null ? {} : { requestId },
		},
	);
}

function unreachable(cause: unknown): NightlogError {
	return new NightlogError('api/unreachable', 'The Nightlog server could not be reached; it may be starting. Try again.', {
		status: 503,
		retryable: true,
		cause,
	});
}
