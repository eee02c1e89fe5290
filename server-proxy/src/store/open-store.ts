import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { FileSystemKind } from './file-system-kind.ts';

/** The statements that lead from format `n` to `n + 1`, at index `n`. Released ones are never changed. */
export type Migrations = readonly (readonly string[])[];

/** What opening a store needs. */
export interface StoreOptions {
	readonly file: string;
	readonly migrations: Migrations;
	readonly fileSystem: FileSystemKind;
	/** Looks at every page first: after an end that was none of ours. */
	readonly check: boolean;
	/** Names what is set aside. */
	readonly now: () => Date;
}

/** An open store, whose lock is ours until it is closed. */
export interface Store {
	readonly database: DatabaseSync;
	/** Where a damaged store was put, before this new one was made; null otherwise. */
	readonly setAside: string | null;
}

// SQLite's result codes (sqlite.org/rescode.html).
const busy = 5;
const corrupt = 11;
const notADatabase = 26;
/** "nlog": says what the file is, in its header. */
const applicationId = 0x6e6c_6f67;

/**
 * Opens the store and takes its lock.
 *
 * @throws NightlogError `store/locked` (409) while another server has it, `store/newer` (409) where a newer Nightlog wrote it; then nothing was changed.
 * A store that is damaged is set aside under another name, never removed, and a new one is made.
 */
export function openStore(options: StoreOptions): Store {
	try {
		return { database: openOnce(options), setAside: null };
	} catch (error) {
		if (!hasResult(error, corrupt, notADatabase)) throw error;
		const setAside = putAside(options);
		return { database: openOnce(options), setAside };
	}
}

function openOnce(options: StoreOptions): DatabaseSync {
	// SQLite makes its files beside it with the same rights.
	closeSync(openSync(options.file, 'a', 0o600));
	const database = new DatabaseSync(options.file, { timeout: 0 });
	try {
		database.exec('PRAGMA locking_mode = EXCLUSIVE');
		database.exec(`PRAGMA journal_mode = ${options.fileSystem === 'local' ? 'WAL' : 'TRUNCATE'}`);
		database.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF');
		// Takes the lock, and with that locking mode keeps it.
		database.exec('BEGIN EXCLUSIVE');
		database.exec('COMMIT');
		if (options.check) assertSound(database);
		migrate(database, options);
		return database;
	} catch (error) {
		database.close();
		if (hasResult(error, busy)) {
			throw new NightlogError('store/locked', 'Another Nightlog server has the store open.', { status: 409, retryable: true, cause: error });
		}
		throw error;
	}
}

function migrate(database: DatabaseSync, options: StoreOptions): void {
	const format = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
	const newest = options.migrations.length;
	if (format > newest) {
		throw new NightlogError(
			'store/newer',
			`A newer Nightlog wrote ${options.file} (format ${format}; this one knows ${newest}). Update Nightlog here.`,
			{
				status: 409,
				data: { format, newest },
			},
		);
	}
	if (format === newest) return;
	if (format > 0) keepCopy(database, `${options.file}.format-${format}`);
	database.exec('BEGIN EXCLUSIVE');
	try {
		for (const statements of options.migrations.slice(format)) for (const statement of statements) database.exec(statement);
		database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${newest}`);
		database.exec('COMMIT');
	} catch (error) {
		if (database.isTransaction) database.exec('ROLLBACK');
		throw error;
	}
}

/** So that one can go back to the program of before. */
function keepCopy(database: DatabaseSync, file: string): void {
	if (!existsSync(file)) database.prepare('VACUUM INTO ?').run(file);
}

function assertSound(database: DatabaseSync): void {
	const result = String(database.prepare('PRAGMA quick_check(1)').get()?.quick_check ?? '');
	if (result === 'ok') return;
	throw Object.assign(new Error(`the store is damaged: ${result}`), { code: 'ERR_SQLITE_ERROR', errcode: corrupt });
}

function putAside({ file, now }: StoreOptions): string {
	const suffix = `.damaged-${now().toISOString().replaceAll(':', '-')}`;
	for (const ending of ['', '-wal', '-shm', '-journal']) {
		// With the ending last, SQLite still finds what belongs together.
		if (existsSync(file + ending)) renameSync(file + ending, file + suffix + ending);
	}
	return path.resolve(file + suffix);
}

function hasResult(error: unknown, ...codes: number[]): boolean {
	// The low byte is the primary code.
	return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && codes.includes(error.errcode & 0xff);
}
