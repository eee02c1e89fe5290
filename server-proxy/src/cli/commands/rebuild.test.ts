import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import type { JobId } from '@nightlog/shared/base/ids';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Receipt } from '@nightlog/shared/jobs/runner-protocol';
import type { ServerConnection } from '../command-context.ts';
import { compareJobs } from './rebuild.ts';

type Status = Receipt['cells'][number]['status'];

describe('a job that ran again in an environment that was made for it', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-rebuild-'));
	after(() => rmSync(root, { recursive: true }));
	// The environments' Pythons are links to one program, and the cache may be one to another disk.
	const base = path.join(root, 'python3.11');
	writeFileSync(base, '');
	const pythonOf = (name: string) => {
		const python = path.join(root, 'disk', name, 'bin', 'python');
		mkdirSync(path.dirname(python), { recursive: true });
		symlinkSync(base, python);
		return python;
	};
	const made = pythonOf('made');
	const old = pythonOf('old');
	symlinkSync(path.join(root, 'disk'), path.join(root, 'cache'));

	const receiptOf = (executable: string | null, status: Status = 'ok') => {
		const cells = [{ id: 'a', index: 0, status, outputs: [] }];
		return {
			cells,
			environment: { interpreter: { language: 'python', version: '3.11.9', implementation: 'CPython', executable } },
		} as unknown as Receipt;
	};
	const compare = async (after: Receipt) => {
		const connection = { client: { call: async () => after } } as unknown as ServerConnection;
		try {
			const cells = await compareJobs(connection, receiptOf(old), { id: 'job' as JobId, python: made }, new AbortController().signal);
			return cells?.map(({ verdict }) => verdict);
		} catch (error) {
			assert.ok(isNightlogError(error), String(error));
			return error.code;
		}
	};

	const elsewhere = 'rebuild/other-environment';
	const rows: readonly [string, Receipt, unknown][] = [
		['is compared where it ran there', receiptOf(made), ['same']],
		['is compared where it ran there by another name', receiptOf(path.join(root, 'cache', 'made', 'bin', 'python3')), ['same']],
		['is not compared where it ran in the old one', receiptOf(old), elsewhere],
		['is not compared where it ran in what both are links to', receiptOf(base), elsewhere],
		['is not compared where it is not known in what it ran', receiptOf(null), elsewhere],
		['is not compared where the other one is gone', receiptOf(path.join(root, 'gone', 'bin', 'python')), elsewhere],
		['has failed where nothing ran', receiptOf(null, 'not-run'), ['failed']],
	];
	for (const [name, receipt, expected] of rows) test(name, async () => assert.deepEqual(await compare(receipt), expected));
});
