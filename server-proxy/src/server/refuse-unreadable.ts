import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { problemOf } from '@nightlog/shared/base/problem';

/** What of a connection is used. */
export interface RefusedSocket {
	readonly writable: boolean;
	end(text: string): void;
	destroy(): void;
}

/** Answers what is no HTTP request, as a problem; for `clientError` of a server. */
export function refuseUnreadable(error: Error & { readonly code?: string }, socket: RefusedSocket): void {
	if (error.code === 'ECONNRESET' || !socket.writable) {
		socket.destroy();
		return;
	}
	const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
	const body = JSON.stringify(problemOf(new NightlogError('request/unreadable', 'The head of the request cannot be read.', { status })));
	const head = `HTTP/1.1 ${status} Unreadable\r\nconnection: close\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}`;
	socket.end(`${head}\r\n\r\n${body}`);
}
