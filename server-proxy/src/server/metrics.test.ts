import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from './metrics.ts';

test('requests are counted by method, route and status, and labels are escaped', () => {
	const metrics = new Metrics();
	const record = { requestId: 'r', method: 'GET', route: '/v1/jobs/:id', status: 200, durationMs: 250 };
	metrics.countRequest(record);
	metrics.countRequest(record);
	metrics.countRequest({ ...record, route: null, status: 404, durationMs: 0 });
	metrics.countVersion();
	const text = metrics.write([{ name: 'nightlog_jobs', help: 'Jobs.', values: [{ labels: { backend: 'a"b\\c\nd' }, value: 3 }] }]);
	assert.ok(text.includes('\nnightlog_http_requests_total{method="GET",route="/v1/jobs/:id",status="200"} 2\n'));
	assert.ok(text.includes('\nnightlog_http_requests_total{method="GET",route="none",status="404"} 1\n'));
	assert.ok(text.includes('\nnightlog_http_request_seconds_total{method="GET",route="/v1/jobs/:id",status="200"} 0.5\n'));
	assert.ok(text.includes('\nnightlog_versions_kept_total 1\n'));
	assert.ok(text.includes('\nnightlog_jobs{backend="a\\"b\\\\c\\nd"} 3\n'));
	for (const line of text.trimEnd().split('\n')) assert.match(line, /^(#|[a-z_]+(\{.*\})? \S+$)/);
});
