import { createServer, type Server } from 'node:http';
import { errorFields } from '../log/open-log.ts';
import { hasToken } from '../server/authorise.ts';
import { readMetricsToken } from './metrics-token.ts';
import type { RunningServerOptions } from './running-server.ts';

/** Whoever collects the figures needs one. */
const mostMetricsConnections = 20;

/** Prometheus sends no header of ours: on this port there is nothing but the figures, for who has the token. */
export async function listenForMetrics(
	{ host, loaded, log }: Pick<RunningServerOptions, 'host' | 'loaded' | 'log'>,
	write: () => string,
): Promise<Server | null> {
	const { metrics } = loaded.configuration;
	if (metrics === undefined) return null;
	const read = await readMetricsToken(metrics.tokenFile, host.surroundings.uid !== null);
	if ('problem' in read) {
		log.write('error', 'the metrics are not served', { problem: read.problem });
		return null;
	}
	const server = createServer((request, response) => {
		const status = !hasToken(request.headers.authorization, read.token)
			? 401
			: request.url?.split('?')[0] !== '/metrics'
				? 404
				: request.method !== 'GET'
					? 405
					: 200;
		response.writeHead(status, {
			'content-type': 'text/plain; version=0.0.4; charset=utf-8',
			...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
			...(status === 405 ? { allow: 'GET' } : {}),
		});
		response.end(status === 200 ? write() : '');
	});
	server.maxConnections = mostMetricsConnections;
	server.on('error', (error) => log.write('error', 'the metrics are not served', errorFields(error)));
	server.listen({ host: '127.0.0.1', port: metrics.port });
	return server;
}
