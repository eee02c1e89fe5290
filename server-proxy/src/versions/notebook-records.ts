import type { DatabaseSync } from 'node:sqlite';
import type { CommitOid, NotebookId, PersonId } from '@nightlog/shared/base/ids';
import type { VersionServiceOptions } from './version-context.ts';

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

/**
 * The tables of versions. What could be found again from the refs is written a moment later, together and without being waited for; that a version was
 * given out is written before it is.
 */
export interface NotebookRecords {
	find(gitDir: string, project: string, path: string): NotebookRecord | null;
	get(gitDir: string, id: NotebookId): NotebookRecord | null;
	/** The notebook at an absolute path, whatever its project. */
	findFile(gitDir: string, file: string): NotebookRecord | null;
	/** All notebooks of a repository. */
	list(gitDir: string): NotebookRecord[];
	/** Adds or changes a notebook, but for what may be replaced of it. */
	put(record: Omit<NotebookRecord, 'replaceable'>, nowMs: number): void;
	/** A version that this store made and may replace. Forgotten in a crash, it is not replaced. */
	setReplaceable(gitDir: string, id: NotebookId, version: CommitOid): void;
	/** No version of the notebook may be replaced any more; of one that is given to somebody, that holds after a crash. */
	clearReplaceable(gitDir: string, id: NotebookId, given: CommitOid): void;
	successor(id: CommitOid): CommitOid | null;
	addSuccessor(id: CommitOid, successor: CommitOid): void;
	/** Whether this is the first time that something is said of a project; from now on it is not. */
	tellOnce(project: string, nowMs: number): boolean;
	/** Writes what is not written yet. */
	flush(): void;
}

/** As many notebooks and replaced ids are kept in memory. */
const mostRemembered = 2000;

/** So much later is written what need not be waited for. */
const writeAfterMs = 3000;
/** As many statements wait for a disk that takes none. */
const mostWaiting = 10_000;

/** The tables of versions in a database that has them. */
export function createNotebookRecords(database: DatabaseSync, log: VersionServiceOptions['log']): NotebookRecords {
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
			device = excluded.device, inode = excluded.inode, seen_at = excluded.seen_at`,
	);
	const setReplaceable = database.prepare('UPDATE version_notebooks SET replaceable = ? WHERE git_dir = ? AND id = ?');
	const successor = database.prepare('SELECT successor FROM version_successors WHERE id = ?');
	const addSuccessor = database.prepare(
		'INSERT INTO version_successors (id, successor) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET successor = excluded.successor',
	);
	const tell = database.prepare('INSERT INTO version_told (project, told_at) VALUES (?, ?) ON CONFLICT (project) DO NOTHING');
	const told = database.prepare('SELECT 1 FROM version_told WHERE project = ?');

	/** Notebooks by repository and id. */
	const known = new Map<string, NotebookRecord>();
	/** Ids by repository, project and path. */
	const paths = new Map<string, NotebookId>();
	/** Ids by repository and absolute path, null where the repository knows no such file: for each list it is asked for, mostly of files that it does not know. */
	const files = new Map<string, NotebookId | null>();
	const successors = new Map<string, CommitOid>();
	let waiting: (() => void)[] = [];
	let timer: NodeJS.Timeout | null = null;

	function flush(): void {
		if (timer !== null) clearTimeout(timer);
		timer = null;
		if (waiting.length === 0) return;
		database.exec('SAVEPOINT versions');
		try {
			for (const run of waiting) run();
			database.exec('RELEASE versions');
			waiting = [];
		} catch (error) {
			database.exec('ROLLBACK TO versions; RELEASE versions');
			throw error;
		}
	}

	function later(run: () => void): void {
		if (waiting.length < mostWaiting) waiting.push(run);
		timer ??= setTimeout(() => {
			try {
				flush();
			} catch (error) {
				// A full disk, say: it is tried again with the next change, and what is lost with the process can be found again.
				log('what is known of notebooks could not be written', { error: String(error), waiting: waiting.length });
			}
		}, writeAfterMs);
		timer.unref();
	}

	function remember(record: NotebookRecord): NotebookRecord {
		if (known.size > mostRemembered) {
			flush();
			known.clear();
			paths.clear();
		}
		const before = known.get(keyOf(record.gitDir, record.id));
		if (before !== undefined) paths.delete(keyOf(before.gitDir, before.project, before.path));
		known.set(keyOf(record.gitDir, record.id), record);
		paths.set(keyOf(record.gitDir, record.project, record.path), record.id);
		return record;
	}

	function read(row: Record<string, unknown> | undefined): NotebookRecord | null {
		const record = recordOf(row);
		return record === null ? null : remember(record);
	}

	function lookUp(gitDir: string, id: NotebookId): NotebookRecord | null {
		return known.get(keyOf(gitDir, id)) ?? read(get.get(gitDir, id));
	}

	return {
		find(gitDir, project, path) {
			const id = paths.get(keyOf(gitDir, project, path));
			if (id !== undefined) return lookUp(gitDir, id);
			flush();
			return read(find.get(gitDir, project, path));
		},
		get: lookUp,
		findFile(gitDir, file) {
			const key = keyOf(gitDir, file);
			const id = files.get(key);
			if (id !== undefined) return id === null ? null : lookUp(gitDir, id);
			flush();
			const found = read(findFile.get(gitDir, file));
			if (files.size > mostRemembered) files.clear();
			files.set(key, found?.id ?? null);
			return found;
		},
		list(gitDir) {
			flush();
			return list.all(gitDir).flatMap((row) => recordOf(row) ?? []);
		},
		put(record, nowMs) {
			const { gitDir, id, person, project, path, device, inode } = record;
			const before = lookUp(gitDir, id);
			const replaceable = before?.replaceable ?? null;
			for (const each of [before ?? record, record]) files.delete(keyOf(gitDir, fileOf(each)));
			remember({ ...record, replaceable });
			later(() => put.run(gitDir, id, person, project, path, device, inode, replaceable, nowMs));
		},
		setReplaceable(gitDir, id, version) {
			const record = lookUp(gitDir, id);
			if (record === null) return;
			remember({ ...record, replaceable: version });
			later(() => setReplaceable.run(version, gitDir, id));
		},
		clearReplaceable(gitDir, id, given) {
			const record = lookUp(gitDir, id);
			if (record === null || record.replaceable === null) return;
			remember({ ...record, replaceable: null });
			const run = () => void setReplaceable.run(null, gitDir, id);
			// Another version has come after it otherwise, and only the newest is ever replaced.
			if (record.replaceable !== given) return later(run);
			waiting.push(run);
			flush();
		},
		successor(id) {
			// A successor may itself have been replaced.
			let found: CommitOid | null = null;
			for (let current = id; ; ) {
				const row = successors.get(current) ?? successor.get(current)?.successor;
				if (typeof row !== 'string' || row === found || row === id) return found;
				found = row as CommitOid;
				current = found;
			}
		},
		addSuccessor(id, next) {
			if (successors.size > mostRemembered) {
				flush();
				successors.clear();
			}
			successors.set(id, next);
			later(() => addSuccessor.run(id, next));
		},
		tellOnce(project, nowMs) {
			if (told.get(project) !== undefined) return false;
			flush();
			return Number(tell.run(project, nowMs).changes) > 0;
		},
		flush,
	};
}

function keyOf(...parts: readonly string[]): string {
	return parts.join('\0');
}

/** As `findFile` in the tables has it. */
function fileOf({ project, path }: Pick<NotebookRecord, 'project' | 'path'>): string {
	return `${project.replace(/\/+$/, '')}/${path}`;
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
