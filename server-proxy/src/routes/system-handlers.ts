import type { OperationOutput } from '@nightlog/shared/api/client';
import { createOpenApiDocument } from '@nightlog/shared/api/open-api';
import type { EventHub } from '../server/event-hub.ts';
import type { Handlers } from '../server/operation.ts';
import { serverVersion } from '../server-version.ts';

type SystemOperation = 'getHealth' | 'getOpenApi' | 'getMetrics' | 'listBackends' | 'streamEvents' | 'showConfiguration';

/** What the operations on the server itself need. */
export interface SystemServices {
	readonly events: EventHub;
	readonly health: () => OperationOutput<'getHealth'>;
	/** Prometheus text. */
	readonly metrics: () => string;
	readonly backends: (signal: AbortSignal) => Promise<OperationOutput<'listBackends'>['backends']>;
	/** @param project absolute path of a folder in a project whose own file counts, too */
	readonly configuration: (project: string | null) => Promise<OperationOutput<'showConfiguration'>>;
}

/** The operations on the server itself. */
export function systemHandlers(services: SystemServices): Pick<Handlers, SystemOperation> {
	return {
		getHealth: () => ({ status: 200, body: services.health() }),
		getOpenApi: () => ({ status: 200, body: createOpenApiDocument(serverVersion) }),
		getMetrics: () => ({ status: 200, content: { kind: 'bytes', bytes: services.metrics() } }),
		listBackends: async ({ signal }) => ({ status: 200, body: { backends: await services.backends(signal) } }),
		streamEvents: ({ headers, query }) => ({
			status: 200,
			content: {
				kind: 'events',
				start: (sink) => services.events.subscribe(sink, headers['last-event-id'] ?? null, query.notebook ?? null),
			},
		}),
		showConfiguration: async ({ query }) => ({ status: 200, body: await services.configuration(query.project ?? null) }),
	};
}
