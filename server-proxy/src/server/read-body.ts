import { isAscii } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Route } from '@nightlog/shared/api/route';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';

/** Deeper than any notebook's parameters go; what is written or copied recursively later can rely on it. */
const deepestJson = 64;

/** The body of a request as its route takes it: JSON, a stream of bytes, or null. @throws NightlogError 400, 413, 415 */
export async function readBody(request: IncomingMessage, route: Route, limitBytes: number): Promise<unknown> {
	const declared = Number(request.headers['content-length'] ?? 0);
	const empty = declared === 0 && request.headers['transfer-encoding'] === undefined;
	if (route.body === null) {
		if (!empty) throw new NightlogError('request/unexpected-body', 'This operation takes no body.', { status: 400 });
		return null;
	}
	const media = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
	if (media !== route.body.media || (request.headers['content-encoding'] ?? 'identity') !== 'identity') {
		throw new NightlogError('request/media-type', `Send the body as ${route.body.media}, not compressed.`, { status: 415 });
	}
	if (declared > limitBytes) throw tooLarge(limitBytes);
	if (route.body.schema === null) return limited(request, limitBytes);
	return parseJson(await readAll(request, limitBytes));
}

async function readAll(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
	const pieces: Uint8Array[] = [];
	for await (const piece of limited(request, limitBytes)) pieces.push(piece);
	return Buffer.concat(pieces);
}

async function* limited(request: IncomingMessage, limitBytes: number): AsyncGenerator<Uint8Array> {
	let sizeBytes = 0;
	for await (const piece of request as AsyncIterable<Uint8Array>) {
		sizeBytes += piece.length;
		if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
		yield piece;
	}
}

function tooLarge(limitBytes: number): NightlogError {
	return new NightlogError('request/too-large', `The body is larger than the ${Math.round(limitBytes / 1_000_000)} MB that this operation takes.`, {
		status: 413,
	});
}

function parseJson(bytes: Buffer): unknown {
	let text: string;
	let value: unknown;
	try {
		// Plain ASCII, as most notebooks are, becomes a text of one byte a letter: half the memory, and quicker from here on.
		text = isAscii(bytes) ? bytes.toString('latin1') : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
		value = JSON.parse(text);
	} catch (cause) {
		throw new NightlogError('request/not-json', 'The body is not JSON in UTF-8.', { status: 400, cause });
	}
	assertPlain(value, 0);
	return value;
}

function assertPlain(value: unknown, depth: number): void {
	if (typeof value !== 'object' || value === null) return;
	if (depth >= deepestJson) throw new NightlogError('request/too-deep', `The body is nested deeper than ${deepestJson} levels.`, { status: 400 });
	for (const [key, child] of Object.entries(value)) {
		if (key === '__proto__') throw new NightlogError('request/not-json', 'The body has a key `__proto__`.', { status: 400 });
		assertPlain(child, depth + 1);
	}
}
