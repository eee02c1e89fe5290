/**
 * What the store knows of versions, as migrations in their order. All of it can be found again from the refs: a lost table costs time and the chance to
 * replace a save, never a version.
 */
export const versionTables: readonly string[] = [
	`CREATE TABLE version_notebooks (
		git_dir TEXT NOT NULL,
		id TEXT NOT NULL,
		person TEXT NOT NULL,
		project TEXT NOT NULL,
		path TEXT NOT NULL,
		device TEXT,
		inode TEXT,
		replaceable TEXT,
		seen_at INTEGER NOT NULL,
		PRIMARY KEY (git_dir, id)
	) STRICT`,
	'CREATE INDEX version_notebooks_by_path ON version_notebooks (git_dir, project, path)',
	'CREATE TABLE version_successors (id TEXT PRIMARY KEY, successor TEXT NOT NULL) STRICT, WITHOUT ROWID',
	'CREATE TABLE version_told (project TEXT PRIMARY KEY, told_at INTEGER NOT NULL) STRICT',
];
