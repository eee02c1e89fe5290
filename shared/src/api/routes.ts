import { type TSchema, Type } from '@sinclair/typebox';
import { Nullable, oneOf } from '../base/nullable.ts';
import { Finding } from '../jobs/finding.ts';
import { Job, JobCheck, JobRequest, versionPattern } from '../jobs/job-schema.ts';
import { jobStates } from '../jobs/job-states.ts';
import { Receipt } from '../jobs/runner-protocol.ts';
import { Parameter } from '../parameters/parameter-schema.ts';
import { HistoryOffer, UnkeptSave, UnreadableVersions, Version, VersionDetail } from '../versions/version-schema.ts';
import { BackendInfo } from './backend-info.ts';
import { KeepRequest, NotebookPath } from './keep-request.ts';
import type { MediaType, Route } from './route.ts';
import { ShownConfiguration } from './shown-configuration.ts';

const strict = { additionalProperties: false } as const;
// Generic, so that the client's types come from the table.
const json = <T extends TSchema>(description: string, schema: T) => ({ description, media: 'application/json', schema }) as const;
const bytes = <M extends MediaType = 'application/octet-stream'>(description: string, media?: M) =>
	({ description, media: media ?? 'application/octet-stream', schema: null }) as { description: string; media: M; schema: null };

const jobParams = Type.Object({ id: Type.String({ pattern: '^[0-7][0-9a-hjkmnp-tv-z]{25}$' }) }, strict);
const versionParams = Type.Object({ id: Type.String({ pattern: versionPattern }) }, strict);
const versionQuery = Type.Object({ notebook: NotebookPath }, strict);
const Cursor = Type.String({
	minLength: 1,
	maxLength: 200,
	description: '`next` of the page before, as it is: nothing can be read from it, and any other text is refused with 400.',
});
const Limit = Type.Integer({ minimum: 1, maximum: 500, default: 100 });

const defineRoutes = <const T extends Record<string, Route>>(routes: T): T => routes;

/** Every operation by its name (`operationId`). `/v1` only grows: nothing here is ever removed or made narrower. */
export const routes = defineRoutes({
	getHealth: {
		method: 'GET',
		path: '/v1/health',
		summary: 'Whether the server is ready, and which it is.',
		params: null,
		query: null,
		headers: null,
		body: null,
		answers: {
			200: json(
				'It is ready.',
				Type.Object(
					{
						status: Type.Literal('ready'),
						version: Type.String(),
						pid: Type.Integer(),
						host: Type.String(),
						startedAt: Type.String({ format: 'date-time' }),
						openJobs: Type.Integer(),
						stateFolder: Type.String(),
					},
					strict,
				),
			),
		},
	},
	getOpenApi: {
		method: 'GET',
		path: '/v1/openapi.json',
		summary: 'This document.',
		params: null,
		query: null,
		headers: null,
		body: null,
		answers: { 200: json('An OpenAPI 3.1 document.', Type.Record(Type.String(), Type.Unknown())) },
	},
	getMetrics: {
		method: 'GET',
		path: '/metrics',
		summary: 'Counters and gauges as Prometheus text.',
		params: null,
		query: null,
		headers: null,
		body: null,
		answers: { 200: bytes('Prometheus text format 0.0.4.', 'text/plain') },
	},
	listBackends: {
		method: 'GET',
		path: '/v1/backends',
		summary: 'The places where jobs can run.',
		params: null,
		query: null,
		headers: null,
		body: null,
		answers: { 200: json('In the order of the configuration.', Type.Object({ backends: Type.Array(BackendInfo) }, strict)) },
	},
	streamEvents: {
		method: 'GET',
		path: '/v1/events',
		summary:
			'Changes as server-sent events: `job` (a Job), `job-deleted`, `version` (notebook path and Version: made, named, renamed or moved), `unkept` (notebook path and UnkeptSave, null once a save is kept again), `reset` (read everything again). Goes on after `Last-Event-ID`.',
		params: null,
		query: Type.Object({ notebook: Type.Optional(NotebookPath) }, strict),
		headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 64 })) }),
		body: null,
		answers: { 200: bytes('An endless stream.', 'text/event-stream') },
	},
	checkJob: {
		method: 'POST',
		path: '/v1/jobs/check',
		summary: 'Checks a request without storing anything.',
		params: null,
		query: null,
		headers: null,
		body: { media: 'application/json', schema: JobCheck },
		answers: {
			200: json(
				'What was found; nothing that keeps it from running where no finding is an error.',
				Type.Object({ findings: Type.Array(Finding) }, strict),
			),
		},
	},
	submitJob: {
		method: 'POST',
		path: '/v1/jobs',
		summary: 'Runs a version.',
		params: null,
		query: null,
		headers: Type.Object({ 'idempotency-key': Type.String({ minLength: 8, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' }) }),
		body: { media: 'application/json', schema: JobRequest },
		answers: { 200: json('The same key and body came before: that job.', Job), 202: json('Stored durably.', Job) },
	},
	listJobs: {
		method: 'GET',
		path: '/v1/jobs',
		summary: 'Jobs, newest first.',
		params: null,
		query: Type.Object(
			{
				cursor: Type.Optional(Cursor),
				limit: Type.Optional(Limit),
				notebook: Type.Optional(NotebookPath),
				state: Type.Optional(oneOf(jobStates)),
				backend: Type.Optional(Type.String({ maxLength: 64 })),
				search: Type.Optional(Type.String({ maxLength: 200 })),
			},
			strict,
		),
		headers: null,
		body: null,
		answers: { 200: json('A page.', Type.Object({ jobs: Type.Array(Job), next: Nullable(Type.String()) }, strict)) },
	},
	getJob: {
		method: 'GET',
		path: '/v1/jobs/{id}',
		summary: 'One job.',
		params: jobParams,
		query: null,
		headers: null,
		body: null,
		answers: { 200: json('The job.', Job) },
	},
	cancelJob: {
		method: 'POST',
		path: '/v1/jobs/{id}/cancel',
		summary: 'Asks for its end; it is over when its state says so.',
		params: jobParams,
		query: null,
		headers: null,
		body: null,
		answers: { 202: json('Asked.', Job) },
	},
	rerunJob: {
		method: 'POST',
		path: '/v1/jobs/{id}/rerun',
		summary: 'Runs the same version again, with the same or other parameters.',
		params: jobParams,
		query: null,
		headers: Type.Object({ 'idempotency-key': Type.String({ minLength: 8, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' }) }),
		body: {
			media: 'application/json',
			schema: Type.Partial(Type.Pick(JobRequest, ['parameters', 'backend', 'resources', 'name', 'python', 'exactPython']), strict),
		},
		answers: { 200: json('The same key and body came before: that job.', Job), 202: json('Stored durably.', Job) },
	},
	deleteJob: {
		method: 'DELETE',
		path: '/v1/jobs/{id}',
		summary: 'Removes an ended job from the list and its folder; its versions stay.',
		params: jobParams,
		query: null,
		headers: null,
		body: null,
		answers: { 204: { description: 'Removed, or was not there any more.', media: 'application/json', schema: null } },
	},
	getJobLog: {
		method: 'GET',
		path: '/v1/jobs/{id}/log',
		summary:
			'What the job wrote to standard output and error, by byte range (`Range`, RFC 9110). 404 (`job/expired`) once its folder is kept no longer.',
		params: jobParams,
		query: null,
		headers: Type.Object({ range: Type.Optional(Type.String({ maxLength: 100 })) }),
		body: null,
		answers: { 200: bytes('The whole log so far.', 'text/plain'), 206: bytes('A part of it.', 'text/plain') },
	},
	getJobEvents: {
		method: 'GET',
		path: '/v1/jobs/{id}/events',
		summary: "The runner's events after a sequence number. 404 (`job/expired`) once the job's folder is kept no longer.",
		params: jobParams,
		query: Type.Object({ after: Type.Optional(Type.Integer({ minimum: 0 })) }, strict),
		headers: null,
		body: null,
		answers: { 200: json('In their order, at most 1,000.', Type.Object({ events: Type.Array(Type.Record(Type.String(), Type.Unknown())) }, strict)) },
	},
	getJobResult: {
		method: 'GET',
		path: '/v1/jobs/{id}/result',
		summary: 'The executed notebook, as far as it is; while the job runs, what it saved last.',
		params: jobParams,
		query: null,
		headers: null,
		body: null,
		answers: { 200: bytes('A notebook.', 'application/x-ipynb+json') },
	},
	getJobReceipt: {
		method: 'GET',
		path: '/v1/jobs/{id}/receipt',
		summary: 'The run record; once the folder of the job is kept no longer, from the version of its result.',
		params: jobParams,
		query: null,
		headers: null,
		body: null,
		answers: { 200: json('The receipt.', Receipt) },
	},
	getJobFile: {
		method: 'GET',
		path: '/v1/jobs/{id}/files/{path}',
		summary: 'A file that the job wrote.',
		params: Type.Object({ ...jobParams.properties, path: Type.String({ minLength: 1, maxLength: 4096 }) }, strict),
		query: null,
		headers: Type.Object({ range: Type.Optional(Type.String({ maxLength: 100 })) }),
		body: null,
		answers: { 200: bytes('The file.'), 206: bytes('A part of it.') },
	},
	openNotebook: {
		method: 'POST',
		path: '/v1/notebooks/open',
		summary: 'An editor shows this notebook: its saves become versions until it has not been said for 10 minutes.',
		params: null,
		query: null,
		headers: null,
		body: {
			media: 'application/json',
			schema: Type.Object(
				{
					notebook: NotebookPath,
					client: Type.String({ minLength: 1, maxLength: 64, description: 'Random id of the window.' }),
					editor: Type.Optional(Type.String({ maxLength: 64 })),
					closed: Type.Optional(Type.Boolean()),
				},
				strict,
			),
		},
		answers: {
			200: json(
				'Where its versions are kept.',
				Type.Object(
					{
						project: Type.String(),
						repository: Type.String(),
						inProject: Type.Boolean(),
						note: Nullable(Type.String()),
						offer: Nullable(HistoryOffer),
						versions: Nullable(Type.Integer({ description: 'Null where it has some that cannot be read.' })),
						unkept: Type.Optional(Nullable(UnkeptSave)),
					},
					strict,
				),
			),
		},
	},
	moveHistory: {
		method: 'POST',
		path: '/v1/notebooks/move-history',
		summary:
			"Takes an `offer`: what the person's own store has of the notebooks of this one's folder moves into the repository that the folder has become, under the same ids.",
		params: null,
		query: null,
		headers: null,
		body: { media: 'application/json', schema: Type.Object({ notebook: NotebookPath }, strict) },
		answers: {
			200: json(
				'Where the history is now; `notebooks` is empty where nothing was offered.',
				Type.Object(
					{
						repository: Type.String(),
						inProject: Type.Boolean(),
						notebooks: Type.Array(
							Type.Object({ notebook: Type.String({ description: 'Absolute path.' }), versions: Type.Integer({ minimum: 0 }) }, strict),
						),
					},
					strict,
				),
			),
		},
	},
	keepVersion: {
		method: 'POST',
		path: '/v1/versions',
		summary: 'Keeps a version: of what is on disk, or of the content given. Same content, reason and label give the same version.',
		params: null,
		query: null,
		headers: null,
		body: {
			media: 'application/json',
			schema: KeepRequest,
		},
		answers: { 200: json('Nothing changed since that version.', VersionDetail), 201: json('Kept.', VersionDetail) },
	},
	listVersions: {
		method: 'GET',
		path: '/v1/versions',
		summary: "A notebook's versions, newest first.",
		params: null,
		query: Type.Object(
			{
				notebook: NotebookPath,
				results: Type.Optional(Type.Boolean({ default: false })),
				cursor: Type.Optional(Cursor),
				limit: Type.Optional(Limit),
			},
			strict,
		),
		headers: null,
		body: null,
		answers: {
			200: json(
				'A page.',
				Type.Object(
					{
						versions: Type.Array(Version),
						next: Nullable(Type.String()),
						offer: Nullable(HistoryOffer),
						unkept: Type.Optional(Nullable(UnkeptSave)),
						unreadable: Type.Optional(Nullable(UnreadableVersions)),
					},
					strict,
				),
			),
		},
	},
	getVersion: {
		method: 'GET',
		path: '/v1/versions/{id}',
		summary: 'One version and what it holds. A replaced one answers 410 with its successor.',
		params: versionParams,
		query: versionQuery,
		headers: null,
		body: null,
		answers: { 200: json('The version.', VersionDetail) },
	},
	findVersionNotebook: {
		method: 'GET',
		path: '/v1/versions/{id}/place',
		summary: 'Where the notebook of a version is now, followed through renames; `notebook` is its path when the version was made.',
		params: versionParams,
		query: versionQuery,
		headers: null,
		body: null,
		answers: {
			200: json(
				'Null where it is not found: it is gone, was moved out of its project, or was renamed and changed while nobody looked.',
				Type.Object({ notebook: Nullable(Type.String({ description: 'Absolute path.' })) }, strict),
			),
		},
	},
	getVersionNotebook: {
		method: 'GET',
		path: '/v1/versions/{id}/notebook',
		summary: 'The notebook as it was kept, byte for byte.',
		params: versionParams,
		query: versionQuery,
		headers: null,
		body: null,
		answers: { 200: bytes('A notebook.', 'application/x-ipynb+json') },
	},
	labelVersion: {
		method: 'PUT',
		path: '/v1/versions/{id}/label',
		summary: 'Names a version; another version with that name loses it only if `move` is set.',
		params: versionParams,
		query: versionQuery,
		headers: null,
		body: {
			media: 'application/json',
			schema: Type.Object({ label: Nullable(Type.String({ minLength: 1, maxLength: 200 })), move: Type.Optional(Type.Boolean()) }, strict),
		},
		answers: { 200: json('The version.', VersionDetail) },
	},
	restoreVersion: {
		method: 'POST',
		path: '/v1/versions/{id}/restore',
		summary: 'Writes the notebook as it was, after keeping what is on disk.',
		params: versionParams,
		query: versionQuery,
		headers: null,
		body: {
			media: 'application/json',
			schema: Type.Object(
				{ to: Type.Optional(Type.String({ minLength: 1, maxLength: 4096, description: 'Another absolute path; never an existing file.' })) },
				strict,
			),
		},
		answers: { 200: json('What is on disk now.', Type.Object({ notebook: Type.String(), restored: Version, before: Nullable(Version) }, strict)) },
	},
	readParameters: {
		method: 'POST',
		path: '/v1/parameters',
		summary: "A notebook's parameters: of what is on disk, of a version, or of the content given.",
		params: null,
		query: null,
		headers: null,
		body: {
			media: 'application/json',
			schema: Type.Object(
				{
					notebook: NotebookPath,
					content: Type.Optional(Type.String()),
					version: Type.Optional(Type.String({ pattern: versionPattern })),
				},
				strict,
			),
		},
		answers: { 200: json('In the order of the cell.', Type.Object({ parameters: Type.Array(Parameter), findings: Type.Array(Finding) }, strict)) },
	},
	postBundle: {
		method: 'POST',
		path: '/v1/bundles',
		summary:
			'Says what a bundle holds; the answer names the blobs that are missing. All of it is kept for 24 hours from now; what is removed then is missing in the next answer, and is put again.',
		params: null,
		query: null,
		headers: null,
		body: {
			media: 'application/json',
			schema: Type.Object(
				{
					files: Type.Array(
						Type.Object(
							{
								path: Type.String({ minLength: 1, maxLength: 4096 }),
								mode: oneOf(['100644', '100755', '120000']),
								sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
							},
							strict,
						),
						{ maxItems: 10_000 },
					),
				},
				strict,
			),
		},
		answers: {
			200: json('`missing` is empty when the bundle is whole.', Type.Object({ id: Type.String(), missing: Type.Array(Type.String()) }, strict)),
		},
	},
	putBlob: {
		method: 'PUT',
		path: '/v1/blobs/{sha256}',
		summary: 'Puts a blob of a bundle. It is kept for 24 hours after it was put, or named by a bundle that was posted.',
		params: Type.Object({ sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) }, strict),
		query: null,
		headers: null,
		body: { media: 'application/octet-stream', schema: null },
		answers: { 204: { description: 'It is there.', media: 'application/json', schema: null } },
	},
	showConfiguration: {
		method: 'GET',
		path: '/v1/config',
		summary: 'The configuration in force, without secrets, and where each value comes from.',
		params: null,
		query: Type.Object(
			{ project: Type.Optional(Type.String({ minLength: 1, maxLength: 4096, description: 'Absolute path of a project, or of a folder in one.' })) },
			strict,
		),
		headers: null,
		body: null,
		answers: {
			200: json('`origins` maps JSON pointers to files.', ShownConfiguration),
		},
	},
});

/** The name of an operation. */
export type OperationId = keyof typeof routes;
