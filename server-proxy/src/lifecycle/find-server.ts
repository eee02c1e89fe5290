import path from 'node:path';
import { type Client, createClient } from '@nightlog/shared/api/client';
import { createSocketFetch, type SocketFetch, socketBaseUrl } from '../client/socket-fetch.ts';
import { findProcess } from './process-identity.ts';
import { guestServerFile, readServerFile, type ServerRecord, serverFile } from './server-file.ts';
import type { ServerHost } from './server-host.ts';
import { localFolders } from './socket-path.ts';
import { isPrivateFolder } from './state-folder.ts';

/** A server that answered. */
export interface ConnectedServer {
	readonly record: ServerRecord;
	readonly client: Client;
	/** For what the client has no call for; `baseUrl` goes with it. */
	readonly fetch: SocketFetch;
	readonly baseUrl: string;
	/** Absolute path of the folder that holds its state. */
	readonly stateFolder: string;
	/** Lets go of the connections that are kept. */
	close(): void;
}

const answerWithinMs = 5_000;

/** The server of this person and machine, if one answers. A record that others could have written would lead to a server of theirs: it is passed over. */
export async function findServer(stateFolder: string, host: ServerHost): Promise<ServerRecord | null> {
	const places = [
		{ file: serverFile(stateFolder), where: 'own' as const },
		...localFolders(host.surroundings).map((folder) => ({ file: guestServerFile(stateFolder, folder), where: 'shared' as const })),
	];
	for (const { file, where } of places) {
		if (!(await isPrivateFolder(path.dirname(file), host.surroundings.uid, where))) continue;
		const record = await readServerFile(file);
		if (record === null || record.host !== host.processes.host) continue;
		// A number that was given again: whoever has it now is none of ours.
		if (findProcess(record, host.processes) === 'gone') continue;
		if (await answersAs(record, host)) return record;
	}
	return null;
}

async function answersAs(record: ServerRecord, host: ServerHost): Promise<boolean> {
	const fetch = createSocketFetch({ socket: record.socket });
	const deadline = new AbortController();
	const stop = host.startTimer(answerWithinMs, () => deadline.abort());
	try {
		const health = await createClient({ fetch, baseUrl: socketBaseUrl }).call('getHealth', { signal: deadline.signal });
		return health.pid === record.pid;
	} catch {
		// Whatever is there, it is not the server that this record tells of.
		return false;
	} finally {
		stop();
		fetch.close();
	}
}

/** A client of a server that answered. */
export function connectTo(record: ServerRecord): ConnectedServer {
	const fetch = createSocketFetch({ socket: record.socket });
	return {
		record,
		fetch,
		baseUrl: socketBaseUrl,
		stateFolder: record.stateFolder,
		client: createClient({ fetch, baseUrl: socketBaseUrl }),
		close: () => fetch.close(),
	};
}
