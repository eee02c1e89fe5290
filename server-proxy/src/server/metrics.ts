import type { RequestRecord } from './request-record.ts';

/** A value of now. */
export interface Gauge {
	readonly name: string;
	readonly help: string;
	readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

interface RouteCount {
	requests: number;
	seconds: number;
}

/** Counts what happened since the start, and writes it as Prometheus text (exposition format 0.0.4). */
export class Metrics {
	readonly #routes = new Map<string, RouteCount>();
	#versions = 0;

	countRequest({ method, route, status, durationMs }: RequestRecord): void {
		const key = JSON.stringify({ method, route: route ?? 'none', status: String(status) });
		const count = this.#routes.get(key) ?? { requests: 0, seconds: 0 };
		count.requests += 1;
		count.seconds += durationMs / 1000;
		this.#routes.set(key, count);
	}

	countVersion(): void {
		this.#versions += 1;
	}

	/** All counters, and these gauges. */
	write(gauges: readonly Gauge[]): string {
		const routes = [...this.#routes].map(([key, count]) => ({ labels: JSON.parse(key) as Record<string, string>, count }));
		return [
			...family(
				'nightlog_http_requests_total',
				'counter',
				'Requests that were answered.',
				routes.map(({ labels, count }) => ({ labels, value: count.requests })),
			),
			...family(
				'nightlog_http_request_seconds_total',
				'counter',
				'Time that answering them took.',
				routes.map(({ labels, count }) => ({ labels, value: count.seconds })),
			),
			...family('nightlog_versions_kept_total', 'counter', 'Versions that were kept.', [{ labels: {}, value: this.#versions }]),
			...gauges.flatMap(({ name, help, values }) => family(name, 'gauge', help, values)),
			'',
		].join('\n');
	}
}

function family(name: string, type: 'counter' | 'gauge', help: string, values: Gauge['values']): string[] {
	return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...values.map(({ labels, value }) => `${name}${labelText(labels)} ${value}`)];
}

function labelText(labels: Readonly<Record<string, string>>): string {
	const parts = Object.entries(labels).map(
		([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
	);
	return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}
