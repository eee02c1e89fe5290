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
