import { createHash } from 'node:crypto';
import type { CommitOid } from '../../base/ids.ts';
import { NightlogError } from '../../base/nightlog-error.ts';
import type { CommitContent, ObjectId, Repository, RepositoryLayout, TreeEntry, WriteSession } from '../../versions/repository.ts';
import { type ObjectType, objectHeader, parseCommit, parseTree, serialiseCommit, serialiseTree } from '../../versions/repository-objects.ts';
import { assertRefChanges, assertRefName, isObjectId, noObject } from '../../versions/repository-ref-names.ts';
import { maximumBytesOf } from './loose-objects.ts';
import type { NewObject, ObjectStore, RefStore } from './object-store.ts';

/** What a repository is put together from. */
export interface RepositoryParts {
	readonly layout: RepositoryLayout;
	readonly objects: ObjectStore;
	readonly refs: RefStore;
	readonly trackedFiles: Repository['trackedFiles'];
	readonly maintain: Repository['maintain'];
}

/** A `Repository` over a store of objects and a store of refs: checks what is asked, serialises and computes ids. */
export function composeRepository({ layout, objects, refs, trackedFiles, maintain }: RepositoryParts): Repository {
	const { objectFormat } = layout;
	/** What a session puts here, by the promise of its end: that need not be looked for when a ref moves to it. */
	const sessions = new WeakMap<Promise<unknown>, { readonly ids: ReadonlySet<ObjectId>; readonly almost: Promise<void> }>();

	async function readObject(oid: ObjectId, type: ObjectType): Promise<Uint8Array> {
		if (!isObjectId(oid, objectFormat)) throw noObject(oid);
		const object = await objects.read(oid, maximumBytesOf[type]);
		if (object === null || object.type !== type) throw noObject(oid);
		return object.bytes;
	}

	function begin(): WriteSession {
		const added = new Map<ObjectId, NewObject>();
		let isOpen = true;
		function add(type: ObjectType, bytes: Uint8Array): ObjectId {
			if (!isOpen) throw new Error('a write session takes nothing after it was finished');
			const oid = createHash(objectFormat).update(objectHeader(type, bytes.length)).update(bytes).digest('hex');
			if (!added.has(oid)) added.set(oid, { oid, type, bytes });
			return oid;
		}
		return {
			blob: (bytes: Uint8Array) => add('blob', bytes),
			tree: (entries: readonly TreeEntry[]) => add('tree', serialiseTree(entries, objectFormat)),
			commit: (content: CommitContent) => add('commit', serialiseCommit(content)) as CommitOid,
			finish() {
				isOpen = false;
				let tellAlmost: () => void = () => {};
				const almost = new Promise<void>((resolve) => {
					tellAlmost = resolve;
				});
				const written = objects.write([...added.values()], tellAlmost);
				written.then(tellAlmost, tellAlmost);
				sessions.set(written, { ids: new Set(added.keys()), almost });
				return written;
			},
		};
	}

	return {
		gitDir: layout.commonDir,
		workTree: layout.workTree,
		objectFormat,
		mayLackFiles: layout.features.includes('partial-clone') && layout.features.includes('sparse'),
		readBlob: async (oid) => await readObject(oid, 'blob'),
		readTree: async (oid) => parseTree(await readObject(oid, 'tree'), objectFormat),
		readCommit: async (oid) => parseCommit(await readObject(oid, 'commit')),
		hasObject: async (oid) => isObjectId(oid, objectFormat) && (await objects.has(oid)),
		begin,
		async readRef(ref) {
			assertRefName(ref);
			return await refs.read(ref);
		},
		async listRefs(prefix) {
			if (!prefix.endsWith('/')) throw new NightlogError('repository/bad-ref', 'A prefix of refs ends in a slash.', { status: 400 });
			assertRefName(prefix === 'refs/' ? 'refs/x' : prefix.slice(0, -1));
			return await refs.list(prefix);
		},
		async changeRefs(changes, written) {
			let isMoved = false;
			try {
				assertRefChanges(changes, objectFormat);
				const here = written === undefined ? undefined : sessions.get(written);
				const before = new Set(changes.map(({ from }) => from));
				const ready = async (): Promise<void> => {
					await written;
					for (const { to } of changes)
						if (to !== null && here?.ids.has(to) !== true && !before.has(to) && !(await objects.has(to))) throw noObject(to);
				};
				await refs.change(changes, ready, here?.almost);
				isMoved = true;
			} finally {
				// Whoever gave the objects may change their bytes once this has ended, however it ends.
				await written?.catch(() => {});
				await objects.settle(
					changes.flatMap(({ to }) => to ?? []),
					isMoved,
				);
			}
		},
		headCommit: async () => (await refs.read('HEAD')) as CommitOid | null,
		trackedFiles,
		maintain,
	};
}
