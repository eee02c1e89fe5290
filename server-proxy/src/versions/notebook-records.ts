import type { DatabaseSync } from 'node:sqlite';
import type { CommitOid, NotebookId, PersonId } from '@nightlog/shared/base/ids';

/** What the store knows of a notebook in a repository. */
export interface NotebookRecord {
	readonly gitDir: string;
	readonly id: NotebookId;
	readonly person: PersonId;
	/** Absolute path; empty where it is not known, as for a notebook of another working tree. */
	readonly project: string;
	/** Relative to the project. */
	readonly path: string;
	/** Which file it was when it was last seen. */
	readonly device: string | null;
	readonly inode: string | null;
	/** The newest version, where this store made it and gave its id to nobody. */
	readonly replaceable: CommitOid | null;
}

/** The tables of versions. */
export interface NotebookRecords {
	find(gitDir: string, project: string, path: string): NotebookRecord | null;
	get(gitDir: string, id: NotebookId): NotebookRecord | null;
	/** The notebook at an absolute path, whatever its project. */
	findFile(gitDir: string, file: string): NotebookRecord | null;
	/** All notebooks of a repository. */
	list(gitDir: string): NotebookRecord[];
	put(record: NotebookRecord, nowMs: number): void;
	setReplaceable(gitDir: string, id: NotebookId, version: CommitOid | null): void;
	successor(id: CommitOid): CommitOid | null;
	addSuccessor(id: CommitOid, successor: CommitOid): void;
	/** Whether this is the first time that something is said of a project; from now on it is not. */
	tellOnce(project: string, nowMs: number): boolean;
}

/** The tables of versions in a database that has them. */
export function createNotebookRecords(database: DatabaseSync): NotebookRecords {
	const columns = 'git_dir, id, person, project, path, device, inode, replaceable';
	const find = database.prepare(
		`SELECT ${columns} FROM version_notebooks WHERE git_dir = ? AND project = ? AND path = ? ORDER BY seen_at DESC, id LIMIT 1`,
	);
	const get = database.prepare(`SELECT ${columns} FROM version_notebooks WHERE git_dir = ? AND id = ?`);
	const findFile = database.prepare(
		`SELECT ${columns} FROM version_notebooks WHERE git_dir = ? AND rtrim(project, '/') || '/' || path = ? ORDER BY seen_at DESC, id LIMIT 1`,
	);
	const list = database.prepare(`SELECT ${columns} FROM version_notebooks WHERE git_dir = ?`);
	const put = database.prepare(
		`INSERT INTO version_notebooks (${columns}, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (git_dir, id) DO UPDATE SET person = excluded.person, project = excluded.project, path = excluded.path,
			device = excluded.device, inode = excluded.inode, replaceable = excluded.replaceable, seen_at = excluded.seen_at`,
	);
	const setReplaceable = database.prepare('UPDATE version_notebooks SET replaceable = ? WHERE git_dir = ? AND id = ?');
	const successor = database.prepare('SELECT successor FROM version_successors WHERE id = ?');
	const addSuccessor = database.prepare(
		'INSERT INTO version_successors (id, successor) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET successor = excluded.successor',
	);
	const tell = database.prepare('INSERT INTO version_told (project, told_at) VALUES (?, ?) ON CONFLICT (project) DO NOTHING');

	return {
		find: (gitDir, project, path) => recordOf(find.get(gitDir, project, path)),
		get: (gitDir, id) => recordOf(get.get(gitDir, id)),
		findFile: (gitDir, file) => recordOf(findFile.get(gitDir, file)),
		list: (gitDir) => list.all(gitDir).flatMap((row) => recordOf(row) ?? []),
		put(record, nowMs) {
			const { gitDir, id, person, project, path, device, inode, replaceable } = record;
			put.run(gitDir, id, person, project, path, device, inode, replaceable, nowMs);
		},
		setReplaceable: (gitDir, id, version) => {
			setReplaceable.run(version, gitDir, id);
		},
		successor(id) {
			// A successor may itself have been replaced.
			let found: CommitOid | null = null;
			for (let current: string = id; ; ) {
				const row = successor.get(current);
				if (row === undefined || row.successor === found || row.successor === id) return found;
				current = String(row.successor);
				found = current as CommitOid;
			}
		},
		addSuccessor: (id, next) => {
			addSuccessor.run(id, next);
		},
		tellOnce: (project, nowMs) => Number(tell.run(project, nowMs).changes) > 0,
	};
}

function recordOf(row: Record<string, unknown> | undefined): NotebookRecord | null {
	if (row === undefined) return null;
	const text = (value: unknown) => (typeof value === 'string' ? value : null);
	return {
		gitDir: text(row.git_dir) ?? '',
		id: (text(row.id) ?? '') as NotebookId,
		person: (text(row.person) ?? '') as PersonId,
		project: text(row.project) ?? '',
		path: text(row.path) ?? '',
		device: text(row.device),
		inode: text(row.inode),
		replaceable: text(row.replaceable) as CommitOid | null,
	};
}
