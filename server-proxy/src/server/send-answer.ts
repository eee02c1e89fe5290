import type { FileHandle } from 'node:fs/promises';
import type { Route } from '@nightlog/shared/api/route';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { openRegularFile } from '../files/regular-file.ts';
import { parseByteRange } from './byte-range.ts';
import type { EventSink } from './event-hub.ts';
import type { Content, LooseAnswer } from './operation.ts';

/** On every answer: a file of a stranger's job must not run in the page that shows it, nor be read by another site. */
export const securityHeaders = {
	'cache-control': 'no-store',
	'content-security-policy': "default-src 'none'; sandbox",
	'cross-origin-resource-policy': 'same-origin',
	'x-content-type-options': 'nosniff',
} as const;

/** Sends what an operation answered. */
export async function sendAnswer(request: FastifyRequest, reply: FastifyReply, route: Route, answer: LooseAnswer): Promise<FastifyReply> {
	reply.code(answer.status);
	if (answer.content === undefined) {
		if (answer.body === null || answer.body === undefined) return reply.send();
		return reply.header('content-type', 'application/json').send(Buffer.from(JSON.stringify(answer.body)));
	}
	return sendContent(request, reply, route, answer.content);
}

async function sendContent(request: FastifyRequest, reply: FastifyReply, route: Route, content: Content): Promise<FastifyReply> {
	const media = route.answers[200]?.media ?? 'application/octet-stream';
	const type = media === 'text/plain' || media === 'text/event-stream' ? `${media}; charset=utf-8` : media;
	switch (content.kind) {
		case 'bytes':
			if (content.fileName !== undefined) reply.header('content-disposition', attachment(content.fileName));
			return reply
				.type(type)
				.send(
					typeof content.bytes === 'string' ? content.bytes : Buffer.from(content.bytes.buffer, content.bytes.byteOffset, content.bytes.byteLength),
				);
		case 'file':
			return sendFile(request, reply.header('content-type', type), content, 206 in route.answers);
		case 'events':
			return sendEvents(request, reply.header('content-type', type), content.start);
	}
}

async function sendFile(
	request: FastifyRequest,
	reply: FastifyReply,
	content: { readonly path: string; readonly fileName: string },
	inParts: boolean,
): Promise<FastifyReply> {
	const file = await openFile(content.path);
	try {
		const { size } = await file.stat();
		reply.header('content-disposition', attachment(content.fileName));
		if (inParts) reply.header('accept-ranges', 'bytes');
		const range = inParts && request.method === 'GET' ? parseByteRange(request.headers.range, size) : 'whole';
		if (range === 'unsatisfiable') {
			reply.header('content-range', `bytes */${size}`);
			throw new NightlogError('file/no-such-range', `The file has ${size} bytes; nothing of it is in the range that was asked for.`, {
				status: 416,
				data: { sizeBytes: size },
			});
		}
		if (range !== 'whole') reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`);
		const { start, end } = range === 'whole' ? { start: 0, end: size - 1 } : range;
		reply.header('content-length', end - start + 1);
		if (request.method === 'HEAD' || end < start) {
			await file.close();
			return reply.send();
		}
		// Up to the length that was announced, however the file grows meanwhile.
		return reply.send(file.createReadStream({ start, end, highWaterMark: 256 * 1024 }));
	} catch (error) {
		await file.close().catch(() => undefined);
		throw error;
	}
}

async function openFile(path: string): Promise<FileHandle> {
	// It was looked at before; what was put in its place since is neither followed nor waited for.
	const file = await openRegularFile(path);
	if (file === null) throw new NightlogError('file/not-found', 'The file is not there.', { status: 404 });
	return file;
}

function sendEvents(request: FastifyRequest, reply: FastifyReply, start: (sink: EventSink) => () => void): FastifyReply {
	if (request.method === 'HEAD') return reply.send();
	// What stands between us and the client must not gather the events up.
	reply.header('x-accel-buffering', 'no');
	const { raw } = reply;
	reply.hijack();
	for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
	raw.writeHead(200);
	raw.flushHeaders();
	const stop = start({
		pendingBytes: () => raw.writableLength,
		write: (text) => void raw.write(text),
		drop: () => void raw.destroy(),
	});
	raw.on('close', stop);
	raw.on('error', stop);
	return reply;
}

/** Always to be saved, never shown in place. Source: RFC 6266 and RFC 8187. */
function attachment(fileName: string): string {
	const plain = fileName.replace(/[^\x20-\x7e]|["\\%]/g, '_');
	const encoded = encodeURIComponent(fileName.replace(/\p{Surrogate}/gu, '_')).replace(
		/['()*]/g,
		(character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
	);
	return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
