import { join } from 'node:path';
import { isMissing } from './disk-errors.ts';
import { openRegularFile, unreadable } from './open-regular-file.ts';
import { readExactly } from './pack-index.ts';

/** A hundred thousand packs have no longer list. */
const longestNames = 8 * 1024 * 1024;

/** The names (`pack-<digits>`) in a folder's index over several packs. Source: gitformat-pack(5), "multi-pack-index (MIDX) files". */
export async function packsInMultiPackIndex(folder: string): Promise<ReadonlySet<string>> {
	const path = join(folder, 'multi-pack-index');
	const opened = await openRegularFile(path).catch((error: unknown) => {
		if (isMissing(error)) return null;
		throw error;
	});
	if (opened === null) return new Set();
	const { handle } = opened;
	try {
		const chunks = (await readExactly(handle, 0, 12, path)).readUInt8(6);
		const table = await readExactly(handle, 12, (chunks + 1) * 12, path);
		for (let row = 0; row < chunks; row++) {
			if (table.toString('latin1', row * 12, row * 12 + 4) !== 'PNAM') continue;
			const from = Number(table.readBigUInt64BE(row * 12 + 4));
			const to = Number(table.readBigUInt64BE(row * 12 + 16));
			if (to - from > longestNames) throw unreadable(path);
			const names = (await readExactly(handle, from, to - from, path)).toString('latin1').split('\0');
			return new Set(names.map((name) => name.replace(/\.(?:idx|pack)$/, '')));
		}
		return new Set();
	} finally {
		await handle.close();
	}
}
