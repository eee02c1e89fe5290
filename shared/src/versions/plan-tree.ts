import type { ObjectId, TreeEntry, WriteSession } from './repository.ts';

/** A file of a tree. */
export interface TreeFile {
	readonly mode: '100644' | '100755' | '120000';
	readonly oid: ObjectId;
}

/** Files to put at paths, '/' between folders; null takes what is at the path away, be it a file or a folder. */
export type TreeChanges = ReadonlyMap<string, TreeFile | null>;

/** Reads a tree's entries. */
export type ReadTree = (oid: ObjectId) => Promise<readonly TreeEntry[]>;

/** A folder that differs from what it was made of: entries that stay as they are, and folders that change below. */
export interface PlannedTree {
	readonly entries: ReadonlyMap<string, TreeEntry | PlannedTree>;
}

/** What becomes of a folder: nothing changes, nothing is left of it, or a new one. */
export type TreePlan = { readonly kind: 'same'; readonly oid: ObjectId } | { readonly kind: 'empty' } | ({ readonly kind: 'new' } & PlannedTree);

/**
 * Puts changes over a tree. Only folders with a change in them are read, and those that come out the same keep their id.
 *
 * @param base the tree to begin with; null is an empty one
 */
export async function planTree(readTree: ReadTree, base: ObjectId | null, changes: TreeChanges): Promise<TreePlan> {
	const entries = new Map<string, TreeEntry | PlannedTree>();
	for (const entry of base === null ? [] : await readTree(base)) entries.set(entry.name, entry);
	let changed = false;
	const folders = new Map<string, Map<string, TreeFile | null>>();
	for (const [path, file] of changes) {
		const slash = path.indexOf('/');
		if (slash >= 0) {
			const name = path.slice(0, slash);
			const inner = folders.get(name) ?? new Map<string, TreeFile | null>();
			inner.set(path.slice(slash + 1), file);
			folders.set(name, inner);
			continue;
		}
		const before = entries.get(path);
		if (file === null) {
			if (entries.delete(path)) changed = true;
		} else if (before === undefined || !isEntry(before) || before.oid !== file.oid || before.mode !== file.mode) {
			entries.set(path, { name: path, mode: file.mode, oid: file.oid });
			changed = true;
		}
	}
	for (const [name, inner] of folders) {
		const before = entries.get(name);
		const folder = before !== undefined && isEntry(before) && before.mode === '40000' ? before : null;
		const onlyRemovals = [...inner.values()].every((file) => file === null);
		// Where a file or a submodule stands in the folder's place, taking files away from below it takes nothing away.
		if (folder === null && onlyRemovals) continue;
		const plan = await planTree(readTree, folder?.oid ?? null, inner);
		if (plan.kind === 'same') continue;
		changed = true;
		if (plan.kind === 'empty') entries.delete(name);
		else entries.set(name, { entries: plan.entries });
	}
	if (!changed) return base === null ? { kind: 'empty' } : { kind: 'same', oid: base };
	return entries.size === 0 ? { kind: 'empty' } : { kind: 'new', entries };
}

/**
 * Writes the folders of a plan, the innermost first. Answers the id of the whole.
 *
 * @param written gets the entries of each folder that is written
 */
export function writeTree(session: WriteSession, plan: TreePlan, written?: Map<ObjectId, readonly TreeEntry[]>): ObjectId {
	switch (plan.kind) {
		case 'same':
			return plan.oid;
		case 'empty':
			return session.tree([]);
		case 'new':
			return writePlannedTree(session, plan, written);
	}
}

function writePlannedTree(session: WriteSession, tree: PlannedTree, written: Map<ObjectId, readonly TreeEntry[]> | undefined): ObjectId {
	const entries: TreeEntry[] = [];
	for (const [name, entry] of tree.entries) {
		entries.push(isEntry(entry) ? entry : { name, mode: '40000', oid: writePlannedTree(session, entry, written) });
	}
	const oid = session.tree(entries);
	written?.set(oid, entries);
	return oid;
}

/** Whether writing `plan` would give the tree `other`, but for what stands at `except`. Reads only folders in which the plan changes something. */
export async function planEquals(readTree: ReadTree, plan: TreePlan, other: ObjectId, except: string): Promise<boolean> {
	const planned = plan.kind === 'new' ? plan.entries : entriesByName(plan.kind === 'same' ? await readTree(plan.oid) : []);
	return entriesEqual(readTree, planned, other, except);
}

async function entriesEqual(
	readTree: ReadTree,
	planned: ReadonlyMap<string, TreeEntry | PlannedTree>,
	other: ObjectId | null,
	except: string | null,
): Promise<boolean> {
	const slash = except?.indexOf('/') ?? -1;
	const exceptName = except === null ? null : slash < 0 ? except : except.slice(0, slash);
	const others = entriesByName(other === null ? [] : await readTree(other));
	const names = new Set([...planned.keys(), ...others.keys()]);
	for (const name of names) {
		const left = planned.get(name);
		const right = others.get(name);
		if (name === exceptName && slash < 0) continue;
		const innerExcept = name === exceptName && except !== null ? except.slice(slash + 1) : null;
		if (left !== undefined && isEntry(left) && right !== undefined && left.oid === right.oid && left.mode === right.mode) continue;
		const leftFolder =
			left === undefined ? new Map() : isEntry(left) ? (left.mode === '40000' ? entriesByName(await readTree(left.oid)) : null) : left.entries;
		const rightFolder = right === undefined ? null : right.mode === '40000' ? right.oid : undefined;
		if (leftFolder === null || rightFolder === undefined) return false;
		if (innerExcept === null && (left === undefined || right === undefined)) return false;
		if (!(await entriesEqual(readTree, leftFolder, rightFolder, innerExcept))) return false;
	}
	return true;
}

function entriesByName(entries: readonly TreeEntry[]): ReadonlyMap<string, TreeEntry> {
	return new Map(entries.map((entry) => [entry.name, entry]));
}

function isEntry(entry: TreeEntry | PlannedTree): entry is TreeEntry {
	return 'oid' in entry;
}
