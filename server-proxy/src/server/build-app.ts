import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Route } from '@nightlog/shared/api/route';
import { type OperationId, routes } from '@nightlog/shared/api/routes';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { problemOf } from '@nightlog/shared/base/problem';
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, type FastifyServerOptions, fastify } from 'fastify';
import { isDiskFull } from '../durable/file-errors.ts';
import { accepts } from './accepts.ts';
import { authorise, type Transport } from './authorise.ts';
import type { Handlers, LooseAnswer, OperationRequest } from './operation.ts';
import { readBody } from './read-body.ts';
import { type RequestRecord, recordOf } from './request-record.ts';
import { securityHeaders, sendAnswer } from './send-answer.ts';
import { type RequestValidator, readQuery } from './validate.ts';

/** What the app needs. */
export interface AppOptions {
	readonly handlers: Handlers;
	readonly validator: RequestValidator;
	/** How a request came; the server marks its connections. */
	readonly transportOf: (request: IncomingMessage) => Transport;
	/** Told of every answer. */
	readonly onAnswered: (record: RequestRecord) => void;
	/** Told of every error that is none of ours. */
	readonly onUnexpected: (error: unknown, requestId: string) => void;
	/** Sees every JSON answer before it is sent: tests hold them against the schemas. */
	readonly onAnswer?: (id: OperationId, answer: LooseAnswer) => void;
}

const mostBodyBytes = 1_000_000;
const mostNotebookBytes = 200_000_000;
/** Operations that take a notebook's text, or the blob of a file. */
const largeBodies: ReadonlySet<OperationId> = new Set<OperationId>(['keepVersion', 'readParameters', 'putBlob', 'postBundle']);

const table = (Object.entries(routes) as [OperationId, Route][]).map(([id, route]) => ({
	id,
	route,
	// `{path}` takes the rest, so that it also works where a proxy on the way turned %2F into a slash.
	urlPattern: route.path.replace(/\{path\}$/, '*').replace(/\{([^}]+)\}/g, ':$1'),
	expression: new RegExp(
		`^${route.path
			.replaceAll('.', '\\.')
			.replace(/\{path\}$/, '.+')
			.replace(/\{[^}]+\}/g, '[^/]+')}$`,
	),
}));

/** Requests are held against the table's schemas by `RequestValidator`, when the first one needs it; fastify's own compilers are not even loaded. */
const nothingToCompile = {
	compilersFactory: { buildValidator: () => () => () => true, buildSerializer: () => () => (value: unknown) => JSON.stringify(value) },
} as unknown as NonNullable<FastifyServerOptions['schemaController']>;

/** The API as an app that never listens: whoever calls this connects it to sockets, or injects requests. */
export function buildApp(options: AppOptions): FastifyInstance {
	const serverOptions: FastifyServerOptions = {
		logger: false,
		genReqId: () => randomUUID(),
		requestIdHeader: false,
		exposeHeadRoutes: false,
		schemaController: nothingToCompile,
		routerOptions: { maxParamLength: 3 * 4096 },
		frameworkErrors: (error, request, reply) => void sendError(error, request, reply, options),
	};
	const app: FastifyInstance = fastify(serverOptions);
	// Bodies are read by `readBody`, after a request was authorised.
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', (_request, _payload, done) => done(null));

	app.addHook('onRequest', async (request, reply) => {
		reply.headers({ ...securityHeaders, 'x-request-id': request.id });
		authorise(request.headers, options.transportOf(request.raw));
	});
	app.addHook('onResponse', async (request, reply) => {
		options.onAnswered(recordOf(request, reply));
	});
	app.setErrorHandler((error, request, reply) => sendError(error, request, reply, options));
	app.setNotFoundHandler((request, reply) => answerNotFound(request, reply));

	for (const { id, route, urlPattern } of table) {
		app.route({
			method: route.method === 'GET' ? ['GET', 'HEAD'] : route.method,
			url: urlPattern,
			config: { operation: id },
			handler: (request, reply) => handle(id, route, request, reply, options),
		});
	}
	return app;
}

async function handle(id: OperationId, route: Route, request: FastifyRequest, reply: FastifyReply, options: AppOptions): Promise<FastifyReply> {
	const { validator } = options;
	const media = Object.values(route.answers).map((answer) => answer.media);
	if (!accepts(request.headers.accept, media)) {
		throw new NightlogError('request/not-acceptable', `This operation answers ${[...new Set(media)].join(' or ')}.`, { status: 406 });
	}
	const params = readParams(request);
	if (route.params !== null) await validator.check(route.params, params, 'path');
	const query = readQuery(route.query, request.query as Record<string, unknown>);
	if (route.query !== null) await validator.check(route.query, query, 'query');
	else if (Object.keys(query).length > 0) throw new NightlogError('request/invalid', 'This operation takes no query.', { status: 400 });
	if (route.headers !== null) await validator.check(route.headers, request.headers, 'headers');
	const body = await readBody(request.raw, route, largeBodies.has(id) ? mostNotebookBytes : mostBodyBytes);
	if (route.body !== null && route.body.schema !== null) await validator.check(route.body.schema, body, 'body');

	const operationRequest = {
		params,
		query,
		headers: request.headers,
		body,
		signal: signalOf(reply.raw),
		localPaths: request.headers['x-nightlog-paths'] === 'local',
	};
	const handler = options.handlers[id] as (request: OperationRequest<never>) => LooseAnswer | Promise<LooseAnswer>;
	const answer = await handler(operationRequest as unknown as OperationRequest<never>);
	options.onAnswer?.(id, answer);
	return sendAnswer(request, reply, route, answer);
}

function readParams(request: FastifyRequest): Record<string, unknown> {
	const { '*': path, ...params } = request.params as Record<string, string>;
	return path === undefined ? params : { ...params, path };
}

function signalOf(response: ServerResponse): AbortSignal {
	const controller = new AbortController();
	response.once('close', () => {
		if (!response.writableFinished) controller.abort(new NightlogError('api/client-gone', 'The client went away.', { status: 499 }));
	});
	return controller.signal;
}

function answerNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
	const path = request.url.split('?')[0] ?? '';
	const allowed = table.filter(({ expression }) => expression.test(path)).map(({ route }) => route.method);
	if (allowed.length === 0) throw new NightlogError('request/no-such-route', 'There is nothing at this address.', { status: 404 });
	const methods = [...new Set([...allowed, ...(allowed.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].join(', ');
	reply.header('allow', methods);
	if (request.method === 'OPTIONS') return reply.code(204).send();
	throw new NightlogError('request/method-not-allowed', `Here only ${methods} can be used.`, { status: 405 });
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply, options: AppOptions): FastifyReply {
	const known = knownError(error);
	if (known === null || known.status === 507) options.onUnexpected(error, request.id);
	const problem = problemOf(known, request.id);
	reply.headers({ ...securityHeaders, 'x-request-id': request.id });
	if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
	if (problem.status === 429 || problem.status === 503) reply.header('retry-after', '1');
	// What is left of a body that was not read must not be taken for the next request.
	if (!request.raw.complete) reply.header('connection', 'close');
	for (const name of ['content-length', 'content-disposition']) reply.removeHeader(name);
	// As bytes: to text the framework adds a character set, which JSON has none of (RFC 8259, 11).
	return reply
		.code(problem.status)
		.header('content-type', 'application/problem+json')
		.send(Buffer.from(JSON.stringify(problem)));
}

function knownError(error: unknown): NightlogError | null {
	if (error instanceof NightlogError) return error;
	if (isDiskFull(error))
		return new NightlogError('store/disk-full', 'The disk, or your share of it, is full; make room and try again.', { status: 507, cause: error });
	const { code, statusCode } = error as Partial<FastifyError>;
	// What the framework finds before a route is reached: an address that cannot be decoded, an unknown version, a closing server.
	if (typeof code !== 'string' || !code.startsWith('FST_') || statusCode === undefined || statusCode >= 500) return null;
	return new NightlogError('request/unreadable', 'The address or the head of the request cannot be read.', { status: statusCode });
}
