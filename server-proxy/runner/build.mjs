// Packs the runner into one file, the same bytes for the same source: `node build.mjs` writes ../dist/runner.pyz.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateRawSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
/** 1980-01-01, the earliest date that a zip file can hold. */
const DATE = 0x0021;

/** The runner's files by their names in the archive, sorted. */
export function runnerFiles() {
	const files = [];
	for (const folder of ['nightlog_runner', 'nightlog_runner/hook']) {
		for (const name of readdirSync(join(here, folder))) {
			if (name.endsWith('.py')) files.push([`${folder}/${name}`, readFileSync(join(here, folder, name))]);
		}
	}
	files.sort(([a], [b]) => (a < b ? -1 : 1));
	const digest = createHash('sha256');
	for (const [name, data] of files) digest.update(`${name}\0${data.length}\0`).update(data);
	const entry = readFileSync(join(here, '__main__.py'), 'utf8').replace("DIGEST = ''", `DIGEST = '${digest.digest('hex').slice(0, 16)}'`);
	return [['__main__.py', Buffer.from(entry)], ...files];
}

/** A zip archive of deflated entries with a fixed date, behind a line that lets it be started as a program. */
export function zip(files) {
	const parts = [Buffer.from('#!/usr/bin/env python3\n')];
	const directory = [];
	let offset = parts[0].length;
	for (const [name, data] of files) {
		const path = Buffer.from(name);
		const packed = deflateRawSync(data, { level: 9 });
		const header = Buffer.alloc(26);
		header.writeUInt16LE(20, 0);
		header.writeUInt16LE(0x0800, 2);
		header.writeUInt16LE(8, 4);
		header.writeUInt16LE(0, 6);
		header.writeUInt16LE(DATE, 8);
		header.writeUInt32LE(crc32(data), 10);
		header.writeUInt32LE(packed.length, 14);
		header.writeUInt32LE(data.length, 18);
		header.writeUInt16LE(path.length, 22);
		const local = Buffer.concat([Buffer.from('PK\x03\x04'), header, path, packed]);
		const attributes = Buffer.alloc(14);
		attributes.writeUInt32LE((0o100644 << 16) >>> 0, 6);
		attributes.writeUInt32LE(offset, 10);
		directory.push(Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), header, attributes, path);
		parts.push(local);
		offset += local.length;
	}
	const listing = Buffer.concat(directory);
	const end = Buffer.alloc(22);
	end.write('PK\x05\x06', 'latin1');
	end.writeUInt16LE(files.length, 8);
	end.writeUInt16LE(files.length, 10);
	end.writeUInt32LE(listing.length, 12);
	end.writeUInt32LE(offset, 16);
	return Buffer.concat([...parts, listing, end]);
}

/** Writes the archive and returns its path. */
export function buildRunner(target = join(here, '..', 'dist', 'runner.pyz')) {
	mkdirSync(dirname(target), { recursive: true });
	writeFileSync(`${target}.new`, zip(runnerFiles()), { mode: 0o644 });
	renameSync(`${target}.new`, target);
	return target;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildRunner();
