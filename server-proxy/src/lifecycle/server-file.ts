import { rm } from 'node:fs/promises';
import path from 'node:path';
import { type Static, Type } from '@sinclair/typebox';
import { readJsonFile } from '../files/read-json-file.ts';
import { replaceFile } from '../files/replace-file.ts';
import { stateFolderDigest } from './socket-path.ts';

const Text = Type.Union([Type.String(), Type.Null()]);

/** `server.json`: how the server is found. Readable by its owner only, because of the token. */
export const ServerRecord = Type.Object({
	format: Type.Literal(1),
	pid: Type.Integer(),
	bootId: Text,
	startTime: Text,
	pidNamespace: Text,
	host: Type.String(),
	version: Type.String(),
	/** Absolute path of its Unix socket. */
	socket: Type.String(),
	/** Port of 127.0.0.1, with its token, where one was asked for. */
	port: Type.Union([Type.Integer(), Type.Null()]),
	token: Text,
	startedAt: Type.String(),
	stateFolder: Type.String(),
	/** Whether it has the store; one that has not keeps versions, and shows the jobs of the machine that has. */
	ownsStore: Type.Boolean(),
});
export type ServerRecord = Static<typeof ServerRecord>;

/** Where the record of the server lies that owns the store. */
export function serverFile(stateFolder: string): string {
	return path.join(stateFolder, 'server.json');
}

/** Where the record of a server lies that does not: on this machine's own disk. */
export function guestServerFile(stateFolder: string, localFolder: string): string {
	return path.join(localFolder, `${stateFolderDigest(stateFolder)}.json`);
}

/** The record; null where there is none, or none that can be read. */
export async function readServerFile(file: string): Promise<ServerRecord | null> {
	const found = await readJsonFile(file);
	return typeof found === 'object' && isServerRecord(found.value) ? found.value : null;
}

/** Writes the record. */
export async function writeServerFile(file: string, record: ServerRecord): Promise<void> {
	await replaceFile(file, `${JSON.stringify(record, null, '\t')}\n`);
}

/** Removes the record if it still is this process's. */
export async function removeServerFile(file: string, own: Pick<ServerRecord, 'pid' | 'host' | 'startTime'>): Promise<void> {
	const found = await readServerFile(file);
	if (found !== null && found.pid === own.pid && found.host === own.host && found.startTime === own.startTime) await rm(file, { force: true });
}

function isServerRecord(value: unknown): value is ServerRecord {
	const record = value as Partial<ServerRecord> | null;
	return (
		typeof record === 'object' &&
		record !== null &&
		record.format === 1 &&
		Number.isInteger(record.pid) &&
		typeof record.host === 'string' &&
		typeof record.version === 'string' &&
		typeof record.socket === 'string' &&
		typeof record.stateFolder === 'string'
	);
}
