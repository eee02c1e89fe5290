import path from 'node:path';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { type Migrations, openStore, type Store } from '../store/open-store.ts';
import { type Lease, type LeaseRecord, readLease, takeLease } from './lease.ts';
import { findProcess, ownIdentity } from './process-identity.ts';
import type { ServerHost } from './server-host.ts';

/** What became of the wish to own the store. */
export type Acquired =
	| { readonly kind: 'owner'; readonly store: Store; readonly lease: Lease }
	/** A server of this machine has it. */
	| { readonly kind: 'running' }
	/** A server of another machine, or container, has it, as far as can be seen from here. */
	| { readonly kind: 'elsewhere'; readonly host: string };

/** Where the lease lies. */
export function leaseFile(stateFolder: string): string {
	return path.join(stateFolder, 'lease.json');
}

/**
 * Takes store and lease, where they are free.
 *
 * On a disk of this machine one kernel sees every lock, so the database's lock alone decides. On a network, where locks may not reach other machines, a
 * lease in force is respected until its process is seen to be gone, or `silent` says that nothing was heard of it for a minute.
 */
export async function acquireStore(stateFolder: string, migrations: Migrations, host: ServerHost, silent: boolean): Promise<Acquired> {
	const file = leaseFile(stateFolder);
	const fileSystem = await host.fileSystemOf(stateFolder);
	const found = await readLease(file);
	const holder = found === null || found === 'unreadable' ? null : found;
	if (fileSystem === 'network' && !silent && found !== null && !isGone(holder, host)) return other(holder, host);
	let store: Store;
	try {
		store = openStore({ file: path.join(stateFolder, 'store.db'), migrations, fileSystem, check: found !== null, now: () => host.now() });
	} catch (error) {
		if (!isNightlogError(error, 'store/locked')) throw error;
		return fileSystem === 'local' ? { kind: 'running' } : other(holder, host);
	}
	try {
		return { kind: 'owner', store, lease: await takeLease(file, ownIdentity(host.processes)) };
	} catch (error) {
		store.database.close();
		throw error;
	}
}

function isGone(holder: LeaseRecord | null, host: ServerHost): boolean {
	return holder !== null && findProcess(holder, host.processes) === 'gone';
}

function other(holder: LeaseRecord | null, host: ServerHost): Acquired {
	if (holder !== null && findProcess(holder, host.processes) === 'runs') return { kind: 'running' };
	return { kind: 'elsewhere', host: holder?.host ?? 'another machine' };
}
