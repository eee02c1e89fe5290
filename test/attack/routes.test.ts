// Every route of the table, asked by everybody who may not, over the socket and over loopback TCP: none is answered, and nothing that they sent is kept.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Route } from '@nightlog/shared/api/route';
import { type OperationId, routes } from '@nightlog/shared/api/routes';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { Version } from '@nightlog/shared/versions/version-schema';
import { makeNotebook } from '../bench/notebooks.ts';
import { untilEnded } from '../nothing-lost/until-ended.ts';
import { accountEnvironment, readServerRecord, startServer, type TestServer } from '../support/start-server.ts';

/** What a request carries that must be found nowhere afterwards. */
const canary = `canary${randomBytes(12).toString('hex')}`;
const counted = { refused: 0, 'let in': 0, kept: 0 };
let server: TestServer;
let other: TestServer;
let project: string;
let notebook: string;
let ids: { readonly job: string; readonly version: string };
let record: Awaited<ReturnType<typeof readServerRecord>>;
let otherToken: string;
/** Of the same server, before it was started anew. */
let earlierToken: string;

before(async () => {
	const earlier = await startServer({ arguments: ['--port', '0'] });
	earlierToken = (await readServerRecord(earlier)).token;
	await earlier.stop();
	server = await startServer({ arguments: ['--port', '0'], home: earlier.home });
	other = await startServer({ arguments: ['--port', '0'] });
	project = path.join(server.home, 'project');
	mkdirSync(project);
	notebook = path.join(project, 'private.ipynb');
	writeFileSync(notebook, makeNotebook([{ source: "open('left.txt', 'w').write('mine')\nprint('private')" }]));
	execFileSync('git', ['init', '-q'], { cwd: project, env: accountEnvironment(server.home) });
	const version = (await server.post<Version>('/v1/versions', { notebook, reason: 'submit' })).body.id;
	const job = (await server.post<Job>('/v1/jobs', { notebook, version }, { 'idempotency-key': 'the-first-one' })).body.id;
	assert.equal((await untilEnded(server, job))?.state, 'succeeded');
	ids = { job, version };
	record = await readServerRecord(server);
	otherToken = (await readServerRecord(other)).token;
	assert.notEqual(earlierToken, record.token);
});
after(async () => {
	await server?.dispose();
	await other?.dispose();
	process.stdout.write(`strangers' requests refused: ${counted.refused}, let in: ${counted['let in']}, secrets kept: ${counted.kept}\n`);
	assert.deepEqual([counted['let in'], counted.kept], [0, 0]);
});

/** How a stranger asks: headers, and over what. `own`: the headers of somebody who is let in. */
interface Stranger {
	readonly name: string;
	readonly over: 'socket' | 'tcp';
	readonly headers: (own: Readonly<Record<string, string>>) => Record<string, string>;
}

const without = (headers: Readonly<Record<string, string>>, name: string) =>
	Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));
const foreignHosts = ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io', '127.0.0.1', '0.0.0.0', '[::]'];

const strangers: readonly Stranger[] = [
	...(['socket', 'tcp'] as const).flatMap((over): Stranger[] => [
		{ name: 'no header of ours', over, headers: (own) => without(own, 'x-nightlog') },
		{ name: 'an empty header', over, headers: (own) => ({ ...own, 'x-nightlog': '' }) },
		{ name: 'another value of the header', over, headers: (own) => ({ ...own, 'x-nightlog': '0' }) },
		...['cross-site', 'same-site', 'none', '', 'same-origin, cross-site'].map((site) => ({
			name: `Sec-Fetch-Site: ${site}`,
			over,
			headers: (own: Readonly<Record<string, string>>) => ({ ...own, 'sec-fetch-site': site }),
		})),
		...['https://evil.example', 'null', 'file://', 'http://localhost.evil.example', 'http://localhost:1', ''].map((origin) => ({
			name: `Origin: ${origin}`,
			over,
			headers: (own: Readonly<Record<string, string>>) => ({ ...own, origin }),
		})),
		{
			name: 'another Origin that says it is of the same',
			over,
			headers: (own) => ({ ...own, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }),
		},
	]),
	...foreignHosts.map((host): Stranger => ({ name: `Host: ${host}`, over: 'tcp', headers: (own) => ({ ...own, host }) })),
	{
		name: 'a Host that was rebound, with its own Origin',
		over: 'tcp',
		headers: (own) => ({ ...own, host: 'evil.example:80', origin: 'http://evil.example:80' }),
	},
	{ name: 'no token', over: 'tcp', headers: (own) => without(own, 'authorization') },
	...['Bearer', 'Bearer ', `Bearer ${canary}`, 'Basic YTpi', canary].map(
		(authorization): Stranger => ({
			name: `the token "${authorization.replace(canary, '…')}"`,
			over: 'tcp',
			headers: (own) => ({ ...own, authorization }),
		}),
	),
	{ name: "another server's token", over: 'tcp', headers: (own) => ({ ...own, authorization: `Bearer ${otherToken}` }) },
	{ name: 'the token of an earlier start', over: 'tcp', headers: (own) => ({ ...own, authorization: `Bearer ${earlierToken}` }) },
	{ name: 'half of the token', over: 'tcp', headers: (own) => ({ ...own, authorization: own.authorization!.slice(0, -1) }) },
	{ name: 'more than the token', over: 'tcp', headers: (own) => ({ ...own, authorization: `${own.authorization}x` }) },
	{ name: 'the token in a cookie', over: 'tcp', headers: (own) => ({ ...without(own, 'authorization'), cookie: `token=${record.token}` }) },
	{ name: 'the token in the address', over: 'tcp', headers: (own) => without(own, 'authorization') },
];

/** Real requests, which would be answered with 2xx. */
function requestOf(id: OperationId): { method: string; target: string; headers: Record<string, string>; body: string | undefined } {
	const route: Route = routes[id];
	const version = route.path.startsWith('/v1/versions/{id}');
	const target = route.path
		.replace('{id}', version ? ids.version : ids.job)
		.replace('{path}', 'left.txt')
		.replace('{sha256}', 'a'.repeat(64));
	const needsNotebook = version || id === 'listVersions';
	const bodies: Partial<Record<OperationId, unknown>> = {
		checkJob: { notebook, version: ids.version },
		submitJob: { notebook, version: ids.version, name: 'of a stranger' },
		rerunJob: {},
		openNotebook: { notebook, client: 'stranger' },
		moveHistory: { notebook },
		keepVersion: { notebook, content: makeNotebook([{ source: 'stranger = True' }]), reason: 'keep' },
		labelVersion: { label: 'a name by a stranger' },
		restoreVersion: { to: path.join(project, 'by-a-stranger.ipynb') },
		readParameters: { notebook },
		postBundle: { files: [] },
	};
	const given = route.body === null ? undefined : id === 'putBlob' ? 'stranger' : JSON.stringify(bodies[id]);
	assert.ok(route.body === null || given !== undefined, `a request for ${id} is missing`);
	return {
		method: route.method,
		target: needsNotebook ? `${target}?notebook=${encodeURIComponent(notebook)}` : target,
		headers: {
			...(route.body === null ? {} : { 'content-type': route.body.media }),
			...(id === 'submitJob' || id === 'rerunJob' ? { 'idempotency-key': 'of-a-stranger' } : {}),
		},
		body: given,
	};
}

function send(
	over: 'socket' | 'tcp',
	method: string,
	target: string,
	headers: Record<string, string>,
	body?: string,
): Promise<{ status: number; text: string }> {
	return new Promise((resolve, reject) => {
		const outgoing = request(
			{
				...(over === 'socket' ? { socketPath: server.socket } : { host: '127.0.0.1', port: record.port }),
				method,
				path: target,
				agent: false,
				headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) },
			},
			(incoming) => {
				let text = '';
				incoming.setEncoding('utf8').on('data', (piece: string) => {
					text += piece;
				});
				// The stream of events does not end by itself.
				if (incoming.statusCode === 200 && target.startsWith('/v1/events')) incoming.destroy();
				incoming.on('close', () => resolve({ status: incoming.statusCode ?? 0, text }));
				incoming.on('error', () => undefined);
			},
		);
		outgoing.on('error', reject);
		outgoing.end(body);
	});
}

const secrets = () => ({
	cookie: `_xsrf=${canary}; session=${canary}`,
	'x-jupyterhub-token': canary,
	'x-secret': canary,
	referer: `http://localhost/?token=${canary}`,
});

function ownHeaders(over: 'socket' | 'tcp'): Record<string, string> {
	return over === 'socket'
		? { 'x-nightlog': '1', host: 'localhost' }
		: { 'x-nightlog': '1', host: `127.0.0.1:${record.port}`, authorization: `Bearer ${record.token}` };
}

/** All that a request could change: the person's files, refs, jobs and versions. */
async function look(): Promise<unknown> {
	const refs = execFileSync('git', ['for-each-ref'], { cwd: project, env: accountEnvironment(server.home), encoding: 'utf8' });
	const jobs = (await server.call('/v1/jobs')).json<{ jobs: Job[] }>().jobs;
	const files = readdirSync(project).sort();
	const blobs = readdirSync(server.stateFolder)
		.sort()
		// The snapshot is written beside itself first, a while after a change.
		.filter((name) => !name.startsWith('store.db') && !/^\.?jobs\.snapshot/.test(name));
	return { refs, jobs, files, blobs, text: readFileSync(notebook, 'utf8') };
}

const operations = Object.keys(routes) as OperationId[];

describe('strangers', () => {
	for (const stranger of strangers) {
		test(`${stranger.name}, over ${stranger.over}: no route answers, and nothing changes`, async () => {
			const seen = await look();
			for (const id of operations) {
				const { method, target, headers, body } = requestOf(id);
				const asked = stranger.name === 'the token in the address' ? `${target}${target.includes('?') ? '&' : '?'}token=${record.token}` : target;
				for (const verb of method === 'GET' ? ['GET', 'HEAD'] : [method]) {
					const answer = await send(stranger.over, verb, asked, stranger.headers({ ...ownHeaders(stranger.over), ...headers, ...secrets() }), body);
					if (answer.status >= 200 && answer.status < 400) counted['let in'] += 1;
					else counted.refused += 1;
					assert.ok(answer.status === 401 || answer.status === 403, `${id}: ${verb} ${asked} answers ${answer.status} ${answer.text}`);
					assert.ok(!answer.text.includes('private') && !answer.text.includes(record.token), `${id} tells a stranger: ${answer.text}`);
				}
			}
			assert.deepEqual(await look(), seen);
		});
	}

	test('the same requests of the person are answered, so that the refusals mean something', async () => {
		for (const over of ['socket', 'tcp'] as const) {
			for (const id of operations.filter((each) => routes[each].method === 'GET')) {
				const { method, target, headers } = requestOf(id);
				const answer = await send(over, method, target, { ...ownHeaders(over), ...headers, ...secrets() });
				assert.equal(answer.status, 200, `${id} over ${over}: ${answer.text}`);
			}
			for (const extra of [{ 'sec-fetch-site': 'same-origin' }, { origin: `http://${ownHeaders(over).host}` }]) {
				assert.equal((await send(over, 'GET', '/v1/jobs', { ...ownHeaders(over), ...extra })).status, 200, JSON.stringify(extra));
			}
		}
	});

	test('what reads changes nothing, however it is asked', async () => {
		const seen = await look();
		for (const id of operations) {
			const { target, headers, body } = requestOf(id);
			for (const verb of ['GET', 'HEAD', 'OPTIONS']) {
				for (const override of [{}, { 'x-http-method-override': routes[id].method, 'x-method-override': routes[id].method }]) {
					const asked = `${target}${target.includes('?') ? '&' : '?'}_method=${routes[id].method}`;
					for (const each of [target, asked])
						await send('socket', verb, each, { ...ownHeaders('socket'), ...headers, ...override }, verb === 'GET' ? body : undefined);
				}
			}
		}
		assert.deepEqual(await look(), seen);
	});

	test('methods and addresses that there are not are refused like all others', async () => {
		for (const target of [
			'/',
			'/v1',
			'/v1/',
			'/v1/jobs/',
			'/v2/jobs',
			'/v1/../v1/jobs',
			'//v1/jobs',
			'/v1/jobs%2f',
			'/v1/health/../jobs',
			'/metrics/',
			'/%2e%2e/etc/passwd',
		]) {
			for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'OPTIONS', 'PROPFIND']) {
				const answer = await send('tcp', method, target, { host: `127.0.0.1:${record.port}` });
				assert.ok(answer.status >= 400, `${method} ${target} answers ${answer.status}`);
			}
		}
	});
});

describe('what a request carried', () => {
	test('is in no log, store, folder, ref or process list', async () => {
		// The person's own requests carry secrets, too: those of the hub, past jupyter-server-proxy.
		for (const id of operations.filter((each) => each !== 'deleteJob' && each !== 'streamEvents')) {
			const { method, target, headers, body } = requestOf(id);
			await send('tcp', method, target, { ...ownHeaders('tcp'), ...headers, ...secrets() }, body);
			await send('tcp', method, `/v1/no-such/${id}`, { ...ownHeaders('tcp'), ...headers, ...secrets() }, body);
		}
		assert.equal((await send('tcp', 'GET', '/v1/jobs', { ...without(ownHeaders('tcp'), 'x-nightlog'), ...secrets() })).status, 403);
		const jobs = (await server.call('/v1/jobs')).json<{ jobs: Job[] }>().jobs;
		assert.ok(jobs.length >= 2, 'those of the person were stored');
		for (const job of jobs) assert.equal((await untilEnded(server, job.id))?.state, 'succeeded');
		const processes = readdirSync('/proc')
			.filter((pid) => /^\d+$/.test(pid))
			.flatMap((pid) => ['cmdline', 'environ'].map((name) => readIfThere(`/proc/${pid}/${name}`)))
			.join('\n');
		const places = {
			state: grep(server.home, canary),
			project: grep(project, canary),
			refs: execFileSync('git', ['for-each-ref'], { cwd: project, env: accountEnvironment(server.home), encoding: 'utf8' }).includes(canary),
			objects: execFileSync('git', ['cat-file', '--batch-all-objects', '--batch'], {
				cwd: project,
				env: accountEnvironment(server.home),
				maxBuffer: 2 ** 28,
			}).includes(canary),
			processes: processes.includes(canary),
			'token in the log': grep(server.stateFolder, record.token).filter((file) => path.basename(file) !== 'server.json'),
			'token in the process list': processes.includes(record.token),
		};
		counted.kept += Object.values(places).filter((place) => place === true || (Array.isArray(place) && place.length > 0)).length;
		assert.deepEqual(places, {
			state: [],
			project: [],
			refs: false,
			objects: false,
			processes: false,
			'token in the log': [],
			'token in the process list': false,
		});
		assert.ok(readFileSync(path.join(server.stateFolder, 'server.log'), 'utf8').includes('"status":403'), 'refusals are logged');
	});
});

function readIfThere(file: string): string {
	try {
		return readFileSync(file, 'latin1');
	} catch {
		return '';
	}
}

/** Files below a folder that hold a text. */
function grep(folder: string, text: string): string[] {
	const { stdout, status } = spawnSync('grep', ['-rlaF', '--devices=skip', '-e', text, folder], { encoding: 'utf8', maxBuffer: 2 ** 26 });
	assert.ok(status === 0 || status === 1, `grep ended with ${status}`);
	return stdout.split('\n').filter((line) => line !== '');
}

describe('another user of the machine', () => {
	const asNobody = (words: readonly string[]) =>
		spawnSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', ...words], { encoding: 'utf8', cwd: '/', timeout: 30_000 });
	const mode = (file: string) => (lstatSync(file).mode & 0o7777).toString(8);

	test('the socket, its folder and the record are their owner’s alone', () => {
		assert.equal(mode(server.stateFolder), '700');
		assert.equal(mode(server.socket), '600');
		for (const name of ['server.json', 'server.log', 'store.db']) assert.equal(mode(path.join(server.stateFolder, name)), '600', name);
		for (const entry of readdirSync(server.stateFolder, { withFileTypes: true }).filter((each) => each.isDirectory()))
			assert.equal(Number.parseInt(mode(path.join(server.stateFolder, entry.name)), 8) & 0o077, 0, `${entry.name} is open to others`);
	});

	test('cannot connect, also where every folder above is open', () => {
		// What guards it must be its own rights, not those of the home.
		chmodSync(server.home, 0o755);
		chmodSync(path.dirname(server.stateFolder), 0o755);
		const connect = `
import socket, sys
try:
    s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print('connected')
except OSError as error:
    print(type(error).__name__)`;
		const python = ['/usr/bin/python3', '-c', connect, server.socket];
		assert.equal(asNobody(python).stdout.trim(), 'PermissionError');
		const files = readdirSync(server.stateFolder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
		assert.ok(
			files.some(({ parentPath }) => parentPath.includes(ids.job)),
			'there are files of a job',
		);
		const opened = asNobody([
			'sh',
			'-c',
			'for file; do cat "$file" && echo "$file"; done',
			'sh',
			...files.map((entry) => path.join(entry.parentPath, entry.name)),
		]);
		assert.equal(opened.stdout, '');
		// The folder open, too: the socket's own mode is left.
		const before = statSync(server.stateFolder).mode & 0o7777;
		chmodSync(server.stateFolder, 0o755);
		try {
			assert.equal(asNobody(python).stdout.trim(), 'PermissionError');
			for (const name of ['server.json', 'server.log', 'store.db'])
				assert.notEqual(asNobody(['cat', path.join(server.stateFolder, name)]).status, 0, name);
		} finally {
			chmodSync(server.stateFolder, before);
		}
		assert.equal(spawnSync('/usr/bin/python3', ['-c', connect, server.socket], { encoding: 'utf8' }).stdout.trim(), 'connected');
	});

	test('cannot take all file handles by holding connections over loopback', async () => {
		const handles = () => readdirSync(`/proc/${server.process.pid}/fd`).length;
		const before = handles();
		const held = Array.from({ length: 1000 }, () => connect({ host: '127.0.0.1', port: record.port }));
		try {
			// Each is answered: by being taken, or by being closed.
			await Promise.all(held.map((connection) => new Promise<void>((resolve) => connection.once('connect', resolve).once('error', () => resolve()))));
			const notebookText = makeNotebook([{ source: "print('while strangers hold on')" }]);
			const kept = await server.post<Version>('/v1/versions', { notebook, content: notebookText, reason: 'submit' });
			const job = await server.post<Job>('/v1/jobs', { notebook, version: kept.body.id }, { 'idempotency-key': 'while-they-hold-on' });
			assert.equal((await untilEnded(server, job.body.id))?.state, 'succeeded');
			assert.ok(handles() < before + 300, `${handles()} file handles, ${before} before`);
		} finally {
			for (const connection of held) connection.destroy();
		}
	});

	test('has no way in over loopback without the token', () => {
		const ask = `
import urllib.request, sys
request = urllib.request.Request(sys.argv[1], headers={'x-nightlog': '1'})
try:
    print(urllib.request.urlopen(request).status)
except urllib.error.HTTPError as error:
    print(error.code)`;
		assert.equal(asNobody(['/usr/bin/python3', '-c', ask, `http://127.0.0.1:${record.port}/v1/jobs`]).stdout.trim(), '401');
	});
});
