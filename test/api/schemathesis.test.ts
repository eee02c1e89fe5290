// Tries the whole API with generated requests, good and bad, on the shipped bundle: at least 10,000, and every operation answers 2xx at least once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeNotebook } from '../bench/notebooks.ts';
import { readServerRecord, startServer, type TestServer, testPython } from '../support/start-server.ts';

const atLeast = 10_000;
const output = process.env.NIGHTLOG_TEST_OUTPUT ?? path.join(import.meta.dirname, '..', 'output');
let server: TestServer;
let notebook: string;
let version: string;

interface JobView {
	readonly id: string;
	readonly state: string;
}

type Schema = Record<string, unknown>;
interface Operation {
	operationId: string;
	parameters?: { name: string; in: string; schema: Schema }[];
	requestBody?: { content: Record<string, { schema: Schema }> };
}
interface OpenApi {
	paths: Record<string, Record<string, Operation>>;
	components: { schemas: Record<string, Schema & { properties?: Record<string, Schema> }> };
}

before(async () => {
	server = await startServer({ arguments: ['--port', '0'], configuration: `backends:\n  local: {type: local, slots: 1, python: ${testPython}}\n` });
	const folder = path.join(server.home, 'work');
	mkdirSync(folder);
	notebook = path.join(folder, 'tried.ipynb');
	writeFileSync(notebook, makeNotebook([{ source: "import time\nfrom pathlib import Path\nPath('out.txt').write_text('written')\nprint('ran')" }]));
	const kept = await server.post<{ id: string }>('/v1/versions', { notebook, reason: 'submit' });
	assert.equal(kept.status, 201, JSON.stringify(kept.body));
	version = kept.body.id;
});
after(() => server?.dispose());

async function submit(body: object = {}): Promise<string> {
	const posted = await server.post<JobView>('/v1/jobs', { notebook, version, ...body }, { 'idempotency-key': randomUUID() });
	assert.equal(posted.status, 202, JSON.stringify(posted.body));
	return posted.body.id;
}

async function untilState(id: string, states: readonly string[]): Promise<void> {
	for (let attempt = 0; attempt < 6000; attempt++) {
		const job = (await server.call(`/v1/jobs/${id}`)).json<JobView>();
		if (states.includes(job.state)) return;
		await sleep(50);
	}
	assert.fail(`job ${id} did not become ${states.join(' or ')} within 5 minutes`);
}

/** The document with real ids where a random one would only ever be unknown; schemathesis sends others where it means to be refused. */
function withRealIds(document: OpenApi, ids: { done: string; ended: readonly string[]; folder: string }): OpenApi {
	const copy = structuredClone(document);
	const parameterValues: Record<string, readonly string[]> = { notebook: [notebook], path: ['out.txt'] };
	for (const [route, operations] of Object.entries(copy.paths)) {
		for (const operation of Object.values(operations)) {
			for (const parameter of operation.parameters ?? []) {
				const values =
					parameter.name === 'id'
						? route.startsWith('/v1/versions')
							? [version]
							: ['deleteJob', 'cancelJob'].includes(operation.operationId)
								? ids.ended
								: [ids.done]
						: parameterValues[parameter.name];
				if (values) parameter.schema = { type: 'string', enum: [...values] };
			}
			for (const { schema } of Object.values(operation.requestBody?.content ?? {})) withRealValues(schema, ids.folder);
		}
	}
	const request = copy.components.schemas.JobRequest;
	if (request) withRealValues(request, ids.folder);
	closeAll(copy);
	return copy;

	function withRealValues(schema: Schema & { properties?: Record<string, Schema> }, folder: string): void {
		const properties = schema.properties;
		if (!properties) return;
		if (properties.content) properties.content = { type: 'string', enum: [readFileSync(notebook, 'utf8')] };
		if (properties.notebook) properties.notebook = { type: 'string', enum: [notebook] };
		if (properties.version) properties.version = { type: 'string', enum: [version] };
		// Whatever is restored, it goes below the test's own folder.
		if (properties.to)
			properties.to = { type: 'string', enum: Array.from({ length: 50 }, (_, index) => path.join(folder, `restored-${index}.ipynb`)) };
		if (properties.python) properties.python = { type: 'string', enum: [testPython] };
	}
}

/** Fields may join a run record later; what is answered today has none that the document does not tell of. */
function closeAll(value: unknown): void {
	if (typeof value !== 'object' || value === null) return;
	const schema = value as Schema;
	if (schema.type === 'object' && schema.properties !== undefined) schema.additionalProperties ??= false;
	for (const child of Object.values(schema)) closeAll(child);
}

test('every operation keeps its word, whatever it is sent', { timeout: 35 * 60_000 }, async () => {
	const done = await submit();
	await untilState(done, ['succeeded']);
	const holder = path.join(path.dirname(notebook), 'holder.ipynb');
	writeFileSync(holder, makeNotebook([{ source: 'import time\ntime.sleep(3600)' }]));
	const held = await server.post<{ id: string }>('/v1/versions', { notebook: holder, reason: 'submit' });
	const holding = await server.post<JobView>('/v1/jobs', { notebook: holder, version: held.body.id }, { 'idempotency-key': randomUUID() });
	await untilState(holding.body.id, ['running']); // what is submitted now waits for its slot
	const ended: string[] = [];
	for (let index = 0; index < 20; index++) ended.push(await submit());
	for (const id of ended) await server.call(`/v1/jobs/${id}/cancel`, { method: 'POST' });
	for (const id of ended) await untilState(id, ['cancelled']);

	const document = (await server.call('/v1/openapi.json')).json<OpenApi>();
	const names = new Map(
		Object.entries(document.paths).flatMap(([route, methods]) =>
			Object.entries(methods).map(([method, { operationId }]) => [`${method.toUpperCase()} ${route}`, operationId]),
		),
	);
	const file = path.join(server.home, 'openapi.json');
	writeFileSync(file, JSON.stringify(withRealIds(document, { done, ended, folder: path.dirname(notebook) })));
	const { port, token } = await readServerRecord(server);
	const report = path.join(server.home, 'report.ndjson');
	const log = path.join(output, 'schemathesis.log');
	mkdirSync(output, { recursive: true });
	const said = openSync(log, 'w');
	const child = spawn(
		path.join(path.dirname(testPython), 'schemathesis'),
		[
			...['run', file, '--url', `http://127.0.0.1:${port}`, '-H', 'x-nightlog: 1', '-H', `Authorization: Bearer ${token}`],
			...['--checks', 'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance'],
			// The event stream does not end; it has a test of its own.
			...['--phases', 'examples,coverage,fuzzing', '--exclude-operation-id', 'streamEvents', '--max-examples', '450', '--seed', '20261121'],
			...[
				'--continue-on-failure',
				'--workers',
				'2',
				'--request-timeout',
				'120',
				'--no-shrink',
				'--suppress-health-check',
				'all',
				'--report',
				'ndjson',
				'--report-ndjson-path',
				report,
			],
		],
		{ cwd: server.home, stdio: ['ignore', said, said], env: { ...process.env, NO_COLOR: '1' } },
	);
	const code = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('exit', resolve);
	});
	assert.ok(existsSync(report), `schemathesis left no report, exit code ${code}; see ${log}`);

	const counts = await countAnswers(report, names);
	const requests = [...counts.values()].reduce((sum, { all }) => sum + all, 0);
	console.log(`requests: ${requests}; server errors: ${[...counts.values()].reduce((sum, { errors }) => sum + errors, 0)}`);
	const without = [...names.values()].filter((name) => name !== 'streamEvents' && !counts.get(name)?.good);
	assert.equal(code, 0, `schemathesis found a breach of the document; see ${log}`);
	assert.deepEqual(without, [], 'operations that never answered 2xx');
	assert.ok(requests >= atLeast, `${requests} requests`);
	assert.equal((await server.call('/v1/health')).status, 200);
	await server.call(`/v1/jobs/${holding.body.id}/cancel`, { method: 'POST' });
});

interface Scenario {
	readonly ScenarioFinished?: {
		readonly recorder: { readonly label: string; readonly interactions?: Record<string, { response?: { status_code: number } | null }> };
	};
}

/** How each operation answered, from schemathesis' own record of every request. */
async function countAnswers(report: string, names: ReadonlyMap<string, string>): Promise<Map<string, { all: number; good: number; errors: number }>> {
	const counts = new Map<string, { all: number; good: number; errors: number }>();
	for await (const line of createInterface({ input: createReadStream(report) })) {
		const recorder = (JSON.parse(line) as Scenario).ScenarioFinished?.recorder;
		for (const { response } of Object.values(recorder?.interactions ?? {})) {
			const name = names.get(recorder?.label ?? '') ?? 'unknown';
			const count = counts.get(name) ?? { all: 0, good: 0, errors: 0 };
			const status = response?.status_code ?? 599;
			count.all++;
			if (status >= 200 && status < 300) count.good++;
			if (status >= 500) count.errors++;
			counts.set(name, count);
		}
	}
	return counts;
}
