import type { CommitOid } from '../base/ids.ts';
import { NightlogError } from '../base/nightlog-error.ts';
import type { CommitContent, ObjectId, RefChange, Repository, TrackedFiles, TreeEntry, WriteSession } from './repository.ts';
import { hexOf, type ObjectType, objectHeader, parseCommit, parseTree, serialiseCommit, serialiseTree } from './repository-objects.ts';
import { assertRefChanges, assertRefName, noObject, refConflict, refMoved } from './repository-ref-names.ts';

/** What a repository in memory is made of. */
export interface MemoryRepositoryOptions {
	/** SHA-1 or SHA-256 of the parts one after the other, 20 or 32 bytes as `objectFormat` says. */
	readonly hash: (parts: readonly Uint8Array[]) => Uint8Array;
	readonly objectFormat?: 'sha1' | 'sha256';
	readonly gitDir?: string;
	readonly workTree?: string | null;
	/** Commit of HEAD at the moment of the call; null where nothing is said. */
	readonly head?: () => CommitOid | null;
	/** Answer of `trackedFiles` at the moment of the call; nothing changed and nothing untracked where nothing is said. */
	readonly tracked?: () => TrackedFiles;
}

/** A repository in memory: it keeps the promises of `Repository`, as its contract suite shows, and forgets all at its end. */
export function createMemoryRepository(options: MemoryRepositoryOptions): Repository {
	const objectFormat = options.objectFormat ?? 'sha1';
	const objects = new Map<ObjectId, { readonly type: ObjectType; readonly bytes: Uint8Array }>();
	const refs = new Map<string, ObjectId>();
	const workTree = options.workTree === undefined ? '/memory' : options.workTree;

	function read(oid: ObjectId, type: ObjectType): Uint8Array {
		const object = objects.get(oid);
		if (object === undefined || object.type !== type) throw noObject(oid);
		return object.bytes;
	}

	function begin(): WriteSession {
		const added = new Map<ObjectId, { readonly type: ObjectType; readonly bytes: Uint8Array }>();
		function add(type: ObjectType, bytes: Uint8Array): ObjectId {
			const oid = hexOf(options.hash([objectHeader(type, bytes.length), bytes]));
			added.set(oid, { type, bytes });
			return oid;
		}
		return {
			blob: (bytes: Uint8Array) => add('blob', bytes),
			tree: (entries: readonly TreeEntry[]) => add('tree', serialiseTree(entries, objectFormat)),
			commit: (content: CommitContent) => add('commit', serialiseCommit(content)) as CommitOid,
			async finish() {
				let newObjects = 0;
				let newBytes = 0;
				for (const [oid, object] of added) {
					if (objects.has(oid)) continue;
					objects.set(oid, { type: object.type, bytes: object.bytes.slice() });
					newObjects += 1;
					newBytes += object.bytes.length;
				}
				added.clear();
				return { newObjects, newBytes };
			},
		};
	}

	async function changeRefs(changes: readonly RefChange[], written?: Promise<unknown>): Promise<void> {
		await written;
		assertRefChanges(changes, objectFormat);
		const after = new Map(refs);
		const before = new Set(changes.map(({ from }) => from));
		for (const { ref, from, to } of changes) {
			if ((refs.get(ref) ?? null) !== from) throw refMoved(ref);
			if (to !== null && !before.has(to) && !objects.has(to)) throw noObject(to);
			if (to === null) after.delete(ref);
			else after.set(ref, to);
		}
		for (const { ref, to } of changes) {
			if (to === null) continue;
			for (const other of [...refs.keys(), ...after.keys()])
				if (other.startsWith(`${ref}/`) || ref.startsWith(`${other}/`)) throw refConflict(ref, other);
		}
		refs.clear();
		for (const [ref, oid] of after) refs.set(ref, oid);
	}

	return {
		gitDir: options.gitDir ?? '/memory/.git',
		workTree,
		objectFormat,
		mayLackFiles: false,
		readBlob: async (oid) => read(oid, 'blob').slice(),
		readTree: async (oid) => parseTree(read(oid, 'tree'), objectFormat),
		readCommit: async (oid) => parseCommit(read(oid, 'commit')),
		hasObject: async (oid) => objects.has(oid),
		begin,
		async readRef(ref) {
			assertRefName(ref);
			return ref === 'HEAD' ? (options.head?.() ?? null) : (refs.get(ref) ?? null);
		},
		async listRefs(prefix) {
			if (!prefix.endsWith('/')) throw new NightlogError('repository/bad-ref', 'A prefix of refs ends in a slash.', { status: 400 });
			const found = [...refs].filter(([ref]) => ref.startsWith(prefix)).map(([ref, oid]) => ({ ref, oid }));
			return found.sort((left, right) => (left.ref < right.ref ? -1 : 1));
		},
		changeRefs,
		headCommit: async () => options.head?.() ?? null,
		async trackedFiles(signal) {
			signal.throwIfAborted();
			return options.tracked?.() ?? { changed: [], deleted: [], untracked: async () => [], note: null };
		},
		async maintain(signal) {
			signal.throwIfAborted();
		},
	};
}
