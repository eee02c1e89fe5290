import path from 'node:path';
import type { CommitOid } from '@nightlog/shared/base/ids';
import type { Handlers } from '../server/operation.ts';
import type { VersionService } from '../services.ts';

type VersionOperation =
	| 'openNotebook'
	| 'moveHistory'
	| 'keepVersion'
	| 'listVersions'
	| 'getVersion'
	| 'findVersionNotebook'
	| 'getVersionNotebook'
	| 'labelVersion'
	| 'restoreVersion'
	| 'readParameters';

/** The operations on notebooks and their versions. */
export function versionHandlers(versions: VersionService): Pick<Handlers, VersionOperation> {
	return {
		openNotebook: async ({ body, signal }) => ({ status: 200, body: await versions.open(body, signal) }),
		moveHistory: async ({ body, signal }) => ({ status: 200, body: await versions.moveIn(body.notebook, signal) }),
		async keepVersion({ body, signal }) {
			const { version, created } = await versions.keep(body, signal);
			return { status: created ? 201 : 200, body: version };
		},
		async listVersions({ query, signal }) {
			const { limit = 100, results = false, ...rest } = query;
			return { status: 200, body: await versions.list({ ...rest, limit, results }, signal) };
		},
		getVersion: async ({ params, query, signal }) => ({ status: 200, body: await versions.get(params.id as CommitOid, query.notebook, signal) }),
		findVersionNotebook: async ({ params, query, signal }) => ({
			status: 200,
			body: { notebook: await versions.findNow(params.id as CommitOid, query.notebook, signal) },
		}),
		async getVersionNotebook({ params, query, signal }) {
			const bytes = await versions.readNotebook(params.id as CommitOid, query.notebook, signal);
			return { status: 200, content: { kind: 'bytes', bytes, fileName: path.basename(query.notebook) } };
		},
		labelVersion: async ({ params, query, body, signal }) => ({
			status: 200,
			body: await versions.label(params.id as CommitOid, query.notebook, body.label, body.move ?? false, signal),
		}),
		restoreVersion: async ({ params, query, body, signal }) => ({
			status: 200,
			body: await versions.restore(params.id as CommitOid, query.notebook, body.to ?? null, signal),
		}),
		async readParameters({ body, signal }) {
			const { version, ...rest } = body;
			return { status: 200, body: await versions.parameters(version === undefined ? rest : { ...rest, version: version as CommitOid }, signal) };
		},
	};
}
