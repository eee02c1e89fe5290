/**
 * Tables of jobs. `job` is the job as the API shows it and `work` what the server needs to bring it to its end, both JSON; columns beside them are for
 * finding. Every state change is one transaction on one row.
 */
export const jobTables: readonly string[] = [
	`CREATE TABLE job_jobs (
		number INTEGER PRIMARY KEY,
		id TEXT NOT NULL UNIQUE,
		stage TEXT NOT NULL,
		state TEXT NOT NULL,
		backend TEXT NOT NULL,
		notebook_path TEXT NOT NULL,
		expires_at TEXT,
		search_text TEXT NOT NULL,
		job TEXT NOT NULL,
		work TEXT NOT NULL
	) STRICT`,
	`CREATE INDEX job_by_notebook ON job_jobs (notebook_path, id)`,
	`CREATE INDEX job_by_state ON job_jobs (state, id)`,
	`CREATE INDEX job_by_backend ON job_jobs (backend, id)`,
	// Only what is not finished with, or will expire: both stay short however many jobs there are.
	`CREATE INDEX job_unfinished ON job_jobs (id) WHERE stage <> 'done' AND stage <> 'expired'`,
	`CREATE INDEX job_expiring ON job_jobs (expires_at) WHERE stage = 'done' AND expires_at IS NOT NULL`,
	`CREATE TABLE job_keys (
		key TEXT PRIMARY KEY,
		body_sha256 TEXT NOT NULL,
		job_number INTEGER NOT NULL REFERENCES job_jobs (number) ON DELETE CASCADE
	) STRICT, WITHOUT ROWID`,
	`CREATE INDEX job_key_of ON job_keys (job_number)`,
	`CREATE VIRTUAL TABLE job_search USING fts5 (text, tokenize = 'trigram', content = '', contentless_delete = 1)`,
	`CREATE TABLE job_pythons (
		python TEXT PRIMARY KEY,
		fingerprint TEXT NOT NULL,
		probe TEXT NOT NULL
	) STRICT, WITHOUT ROWID`,
];

/**
 * Format 2: one table and three indexes, for a new job waits until every page that it touches is written, first to the journal and then in its place. A job
 * and its key are one row, and one index has everything by which jobs are listed: reading through all of it takes a few milliseconds for 10,000 jobs.
 */
export const jobTablesOfFormat2: readonly string[] = [
	`CREATE TABLE job_rows (
		number INTEGER PRIMARY KEY,
		id TEXT NOT NULL,
		key TEXT,
		body_sha256 TEXT,
		stage TEXT NOT NULL,
		state TEXT NOT NULL,
		backend TEXT NOT NULL,
		notebook_path TEXT NOT NULL,
		expires_at TEXT,
		search_text TEXT NOT NULL,
		job TEXT NOT NULL,
		work TEXT NOT NULL
	) STRICT`,
	`INSERT INTO job_rows (number, id, key, body_sha256, stage, state, backend, notebook_path, expires_at, search_text, job, work)
		SELECT number, id, key, body_sha256, stage, state, backend, notebook_path, expires_at, search_text, job, work
		FROM job_jobs LEFT JOIN job_keys ON job_number = number`,
	'DROP TABLE job_keys',
	'DROP TABLE job_jobs',
	'ALTER TABLE job_rows RENAME TO job_jobs',
	'CREATE INDEX job_list ON job_jobs (id, stage, state, backend, notebook_path)',
	'CREATE UNIQUE INDEX job_by_key ON job_jobs (key)',
	`CREATE INDEX job_expiring ON job_jobs (expires_at) WHERE stage = 'done' AND expires_at IS NOT NULL`,
];
