import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { clientHeader } from '@nightlog/shared/api/client';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';

/** How a request came: over the socket that only its owner can open, or over loopback TCP, which everybody on the machine can. */
export type Transport = { readonly kind: 'socket' } | { readonly kind: 'tcp'; readonly port: number; readonly token: string };

/**
 * Refuses a request that may not be answered. One rule for every route and every method, also for those that change nothing: what they tell is private.
 *
 * - Over TCP: Host is this machine's loopback (a name that was rebound to it is not), and the bearer token is the server's of this start.
 * - Always our own header: a page of another site cannot send it without asking first, and nobody here agrees.
 * - `Sec-Fetch-Site`, if present, is `same-origin`; else `Origin`, if present, names the Host. jupyter-server-proxy passes both on, and the Host that the
 *   browser used, but checks no XSRF itself.
 *
 * @throws NightlogError `access/…`, 401 or 403
 */
export function authorise(headers: IncomingHttpHeaders, transport: Transport): void {
	if (transport.kind === 'tcp') {
		if (!isLoopbackHost(headers.host, transport.port))
			throw refused('access/foreign-host', 'This server answers for 127.0.0.1, ::1 and localhost only.');
		if (!hasToken(headers.authorization, transport.token)) {
			throw new NightlogError('access/unauthorised', 'Send the token that stands in server.json as `Authorization: Bearer …`.', { status: 401 });
		}
	}
	if (headers[clientHeader.name] !== clientHeader.value) {
		throw refused('access/header-missing', `Send the header \`${clientHeader.name}: ${clientHeader.value}\` with every request.`);
	}
	const site = headers['sec-fetch-site'];
	if (site !== undefined) {
		if (site !== 'same-origin') throw refused('access/cross-site', 'Only pages of the same origin may ask this server.');
	} else if (headers.origin !== undefined && !isSameHost(headers.origin, headers.host)) {
		throw refused('access/cross-site', 'Only pages of the same origin may ask this server.');
	}
}

/** Whether an `Authorization` header holds this bearer token; takes as long whatever is wrong with it. */
export function hasToken(authorization: string | undefined, token: string): boolean {
	const given = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '')?.[1] ?? '';
	const left = Buffer.from(given);
	const right = Buffer.from(token);
	return token !== '' && left.length === right.length && timingSafeEqual(left, right);
}

function isLoopbackHost(host: string | undefined, port: number): boolean {
	return ['127.0.0.1', 'localhost', '[::1]'].some((name) => host?.toLowerCase() === `${name}:${port}`);
}

function isSameHost(origin: string, host: string | undefined): boolean {
	if (host === undefined || !URL.canParse(origin)) return false;
	const url = new URL(origin);
	// `host` of a URL leaves the scheme's default port out; a Host header may name it.
	const asUrl = `${url.protocol}//${host}`;
	return url.host !== '' && (url.protocol === 'http:' || url.protocol === 'https:') && URL.canParse(asUrl) && new URL(asUrl).host === url.host;
}

function refused(code: string, message: string): NightlogError {
	return new NightlogError(code, message, { status: 403 });
}
