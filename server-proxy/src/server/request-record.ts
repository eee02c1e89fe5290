import type { FastifyReply, FastifyRequest } from 'fastify';

/** What is remembered of a request. Nothing that the client wrote freely: no query, no header, no body. */
export interface RequestRecord {
	readonly requestId: string;
	readonly method: string;
	/** The route's pattern; null where none was met. */
	readonly route: string | null;
	readonly status: number;
	readonly durationMs: number;
}

/** The record of an answered request. */
export function recordOf(request: FastifyRequest, reply: FastifyReply): RequestRecord {
	return {
		requestId: request.id,
		method: request.method,
		route: request.routeOptions.url ?? null,
		status: reply.statusCode,
		durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
	};
}
