import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type OperationId, routes } from '@nightlog/shared/api/routes';
import type { Problem } from '@nightlog/shared/base/problem';
import type { InjectOptions, LightMyRequestResponse as Response } from 'fastify';
import { injectionOf, jobId, notebook, startTestApp, type TestApp, versionId } from './fake-services.test-case.ts';

let world: TestApp;
let guarded: TestApp;
before(async () => {
	world = await startTestApp();
	guarded = await startTestApp({ kind: 'tcp', port: 4711, token: 'the-right-token-0000000000000000' });
});
after(async () => {
	await world.dispose();
	await guarded.dispose();
});

const operations = Object.keys(routes) as OperationId[];
const own = { 'x-nightlog': '1' };

function assertProblem(response: Response, status: number, code?: string): Problem {
	assert.equal(response.statusCode, status, response.payload);
	assert.equal(response.headers['content-type'], 'application/problem+json');
	const problem = response.json<Problem>();
	assert.equal(problem.status, status);
	assert.equal(problem.requestId, response.headers['x-request-id']);
	if (code !== undefined) assert.equal(problem.type, `urn:nightlog:problem:${code}`);
	return problem;
}

for (const id of operations) {
	test(`${id}: a good request is answered as the table says`, async () => {
		const response = await world.app.inject(injectionOf(id));
		assert.ok(Object.keys(routes[id].answers).includes(String(response.statusCode)), `${response.statusCode} ${response.payload}`);
		assert.equal(response.headers['x-content-type-options'], 'nosniff');
		assert.match(String(response.headers['content-security-policy']), /sandbox/);
		assert.ok(response.headers['x-request-id']);
	});

	const refusals: [string, Record<string, string>, number][] = [
		['without our header', {}, 403],
		['with another value of our header', { 'x-nightlog': 'true' }, 403],
		['from another site', { ...own, 'sec-fetch-site': 'cross-site' }, 403],
		['from another origin of the same site', { ...own, 'sec-fetch-site': 'same-site', origin: 'http://localhost' }, 403],
		['typed into the address bar', { ...own, 'sec-fetch-site': 'none' }, 403],
		['from a foreign origin', { ...own, origin: 'https://evil.example' }, 403],
		['from no origin', { ...own, origin: 'null' }, 403],
		['from another port of the host', { ...own, origin: 'http://localhost:8080' }, 403],
	];
	for (const [name, headers, status] of refusals) {
		test(`${id}: refused ${name}`, async () => {
			assertProblem(await world.app.inject(injectionOf(id, headers)), status);
		});
	}

	const tokens: [string, Record<string, string>, number][] = [
		['without a token', { ...own }, 401],
		["with another person's token", { ...own, authorization: 'Bearer the-wrong-token-0000000000000000' }, 401],
		['with a part of the token', { ...own, authorization: 'Bearer the-right-token-000000000000000' }, 401],
		['with an empty token', { ...own, authorization: 'Bearer ' }, 401],
		['with the token in another scheme', { ...own, authorization: 'Basic the-right-token-0000000000000000' }, 401],
		['with the token and without our header', { authorization: 'Bearer the-right-token-0000000000000000' }, 403],
	];
	for (const [name, headers, status] of tokens) {
		test(`${id} over TCP: refused ${name}`, async () => {
			assertProblem(await guarded.app.inject(injectionOf(id, { ...headers, host: '127.0.0.1:4711' })), status);
		});
	}
	test(`${id} over TCP: refused under a name that was rebound to this machine`, async () => {
		const headers = { ...own, authorization: 'Bearer the-right-token-0000000000000000' };
		for (const host of ['evil.example:4711', '127.0.0.1', '127.0.0.1:80', 'localhost.evil.example:4711']) {
			assertProblem(await guarded.app.inject(injectionOf(id, { ...headers, host })), 403, 'access/foreign-host');
		}
	});
	test(`${id} over TCP: let in with the token`, async () => {
		const headers = { ...own, authorization: 'Bearer the-right-token-0000000000000000', host: '127.0.0.1:4711' };
		assert.ok((await guarded.app.inject(injectionOf(id, headers))).statusCode < 300);
	});
}

test('pages of the same origin are let in', async () => {
	for (const headers of [
		{ 'sec-fetch-site': 'same-origin', origin: 'https://hub.example', host: 'inner:8888' },
		{ origin: 'https://hub.example', host: 'hub.example' },
		{ origin: 'https://hub.example', host: 'hub.example:443' },
		{ origin: 'http://Hub.Example', host: 'hub.example:80' },
		{ origin: 'http://127.0.0.1:8888', host: '127.0.0.1:8888' },
	]) {
		assert.equal((await world.app.inject(injectionOf('getHealth', { ...own, ...headers }))).statusCode, 200, JSON.stringify(headers));
	}
});

test('what does not exist, also under another method, needs the header too', async () => {
	assertProblem(await world.app.inject({ method: 'GET', url: '/v1/nothing' }), 403);
	assertProblem(await world.app.inject({ method: 'OPTIONS', url: '/v1/jobs' }), 403);
});

test('an address that is nothing is a 404, and another method a 405 that names those that work', async () => {
	assertProblem(await world.app.inject({ method: 'GET', url: '/v1/nothing', headers: own }), 404, 'request/no-such-route');
	const response = await world.app.inject({ method: 'PUT', url: `/v1/jobs/${jobId}`, headers: own });
	assertProblem(response, 405, 'request/method-not-allowed');
	assert.equal(response.headers.allow, 'GET, DELETE, HEAD, OPTIONS');
	const options = await world.app.inject({ method: 'OPTIONS', url: '/v1/versions', headers: own });
	assert.equal(options.statusCode, 204);
	assert.equal(options.headers.allow, 'POST, GET, HEAD, OPTIONS');
	assert.equal(options.headers['access-control-allow-origin'], undefined);
});

test('an address that cannot be decoded is a 400', async () => {
	assertProblem(await world.app.inject({ method: 'GET', url: '/v1/jobs/%ff', headers: own }), 400);
	assertProblem(await world.app.inject({ method: 'GET', url: '/v1/%zz', headers: own }), 400);
});

test('HEAD answers what GET would, without the body', async () => {
	const response = await world.app.inject({ method: 'HEAD', url: `/v1/jobs/${jobId}/log`, headers: own });
	assert.equal(response.statusCode, 200);
	assert.equal(response.headers['content-length'], '10');
	assert.equal(response.payload, '');
});

const invalid: [string, OperationId, { url?: string; payload?: string | Buffer; headers?: Record<string, string> }, number, string, string[]][] = [
	['a query that is no number', 'listJobs', { url: '/v1/jobs?limit=ten' }, 400, 'request/invalid', ['/limit']],
	['a query above its limit', 'listJobs', { url: '/v1/jobs?limit=501' }, 400, 'request/invalid', ['/limit']],
	['a cursor that is none of ours', 'listJobs', { url: '/v1/jobs?cursor=zzz' }, 400, 'job/bad-cursor', ['/cursor']],
	['a query twice', 'listJobs', { url: '/v1/jobs?limit=1&limit=2' }, 400, 'request/invalid', ['/limit']],
	['an unknown query', 'listJobs', { url: '/v1/jobs?limt=1' }, 400, 'request/invalid', ['/limt']],
	['a query where there is none', 'getHealth', { url: '/v1/health?a=1' }, 400, 'request/invalid', []],
	['a job id that is none', 'getJob', { url: '/v1/jobs/nope' }, 400, 'request/invalid', ['/id']],
	['a body that is no JSON', 'submitJob', { payload: '{"a":' }, 400, 'request/not-json', []],
	['a body that is no UTF-8', 'submitJob', { payload: Buffer.from([0x22, 0xff, 0x22]) }, 400, 'request/not-json', []],
	['a body with a prototype', 'submitJob', { payload: '{"parameters":{"__proto__":{"a":1}}}' }, 400, 'request/not-json', []],
	['a body that is a tower', 'submitJob', { payload: `{"parameters":{"a":${'['.repeat(200)}${']'.repeat(200)}}}` }, 400, 'request/too-deep', []],
	[
		'a body with unknown and missing keys',
		'submitJob',
		{ payload: '{"notebok":"x"}' },
		400,
		'request/invalid',
		['/notebook', '/version', '/notebok'],
	],
	['no key', 'submitJob', { headers: { 'idempotency-key': '' } }, 400, 'request/invalid', ['/idempotency-key', '/idempotency-key']],
	['a body of another type', 'submitJob', { headers: { 'content-type': 'text/plain' } }, 415, 'request/media-type', []],
	['a body that is compressed', 'submitJob', { headers: { 'content-encoding': 'gzip' } }, 415, 'request/media-type', []],
	['a body that is too large', 'submitJob', { payload: `{"name":"${'x'.repeat(1_100_000)}"}` }, 413, 'request/too-large', []],
	['a body where there is none', 'cancelJob', { payload: '{}', headers: { 'content-type': 'application/json' } }, 400, 'request/unexpected-body', []],
	['an answer that is not taken', 'listJobs', { headers: { accept: 'text/html' } }, 406, 'request/not-acceptable', []],
];
for (const [name, id, change, status, code, paths] of invalid) {
	test(`refused: ${name}`, async () => {
		const { headers, ...rest } = injectionOf(id);
		const response = await world.app.inject({ ...rest, ...change, headers: { ...headers, ...change.headers } } as InjectOptions);
		const problem = assertProblem(response, status, code);
		assert.deepEqual((problem.errors ?? []).map(({ path }) => path).sort(), [...paths].sort());
	});
}

test('a large notebook is taken where a notebook is meant', async () => {
	const payload = JSON.stringify({ notebook, reason: 'save', content: 'x'.repeat(3_000_000) });
	const response = await world.app.inject({ ...injectionOf('keepVersion'), payload });
	assert.ok(response.statusCode < 300, response.payload);
});

test('errors of services keep their code; others say nothing of what happened', async () => {
	const path = `/v1/versions/${'b'.repeat(40)}?notebook=${encodeURIComponent(notebook)}`;
	const replaced = assertProblem(await world.app.inject({ method: 'GET', url: path, headers: own }), 410, 'version/replaced');
	assert.deepEqual(replaced.data, { successor: versionId });
	world.jobs.failWith = new Error('password=hunter2 at /home/ann');
	const response = await world.app.inject(injectionOf('submitJob'));
	assertProblem(response, 500, 'internal/unexpected');
	assert.ok(!response.payload.includes('hunter2'));
	world.jobs.failWith = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
	assertProblem(await world.app.inject(injectionOf('submitJob')), 507, 'store/disk-full');
	world.jobs.failWith = null;
});

test('the same key gives 202, then 200', async () => {
	const request = { ...injectionOf('submitJob'), headers: { ...injectionOf('submitJob').headers, 'idempotency-key': 'only-once-1' } };
	assert.equal((await world.app.inject(request)).statusCode, 202);
	assert.equal((await world.app.inject(request)).statusCode, 200);
});

test('results are links, and absolute paths for who asks on this machine', async () => {
	const linked = (await world.app.inject(injectionOf('getJob'))).json<{ result: { notebook: string; files: { link: string }[] } }>();
	assert.equal(linked.result.notebook, `/v1/jobs/${jobId}/result`);
	const link = linked.result.files[0]?.link ?? '';
	assert.equal((await world.app.inject({ method: 'GET', url: link, headers: own })).payload, '0123456789');
	const local = await world.app.inject(injectionOf('getJob', { ...own, 'x-nightlog-paths': 'local' }));
	assert.equal(local.json<{ result: { notebook: string } }>().result.notebook, `${world.jobs.folder}/ten`);
});

test('a file is found also where a proxy turned %2F into a slash, and nothing outside is', async () => {
	const root = `/v1/jobs/${jobId}/files`;
	assert.equal((await world.app.inject({ method: 'GET', url: `${root}/a%20b/%C3%A9%3F.png`, headers: own })).statusCode, 200);
	for (const path of ['%2Fetc%2Fpasswd', 'a%00b', 'nothing']) {
		assertProblem(await world.app.inject({ method: 'GET', url: `${root}/${path}`, headers: own }), 404, 'job/no-such-file');
	}
});

test('a file is never shown in place', async () => {
	const response = await world.app.inject(injectionOf('getJobFile'));
	assert.equal(response.headers['content-disposition'], `attachment; filename="_?.png"; filename*=UTF-8''%C3%A9%3F.png`);
	assert.equal(response.headers['content-type'], 'application/octet-stream');
});

const ranges: [string, number, string, string | undefined][] = [
	['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
	['bytes=8-', 206, '89', 'bytes 8-9/10'],
	['bytes=-4', 206, '6789', 'bytes 6-9/10'],
	['bytes=-100', 206, '0123456789', 'bytes 0-9/10'],
	['bytes=5-500', 206, '56789', 'bytes 5-9/10'],
	['bytes=0-1,3-4', 200, '0123456789', undefined],
	['lines=1-2', 200, '0123456789', undefined],
	['bytes=4-1', 200, '0123456789', undefined],
];
for (const [range, status, payload, contentRange] of ranges) {
	test(`Range: ${range} gives ${status}`, async () => {
		const response = await world.app.inject({ method: 'GET', url: `/v1/jobs/${jobId}/log`, headers: { ...own, range } });
		assert.equal(response.statusCode, status);
		assert.equal(response.payload, payload);
		assert.equal(response.headers['content-range'], contentRange);
		assert.equal(response.headers['accept-ranges'], 'bytes');
		assert.equal(response.headers['content-length'], String(payload.length));
	});
}

test('a range beyond the end is a 416 that names the size', async () => {
	const response = await world.app.inject({ method: 'GET', url: `/v1/jobs/${jobId}/log`, headers: { ...own, range: 'bytes=10-' } });
	assertProblem(response, 416, 'file/no-such-range');
	assert.equal(response.headers['content-range'], 'bytes */10');
});

test('no secret of a request reaches the log', async () => {
	const canary = 'CANARY-9f3a';
	await world.app.inject({
		method: 'GET',
		url: `/v1/nothing-${canary}?token=${canary}`,
		headers: { ...own, cookie: `session=${canary}`, authorization: `Bearer ${canary}`, 'x-xsrftoken': canary, referer: `http://x/${canary}` },
	});
	await world.app.inject({ ...injectionOf('listJobs'), url: `/v1/jobs?search=${canary}` });
	await world.app.inject({ ...injectionOf('submitJob'), payload: JSON.stringify({ notebook, version: canary }) });
	assert.ok(world.log.length > 3);
	assert.ok(!world.log.join('\n').includes(canary));
});
