import type { BigIntStats } from 'node:fs';
import { isNightlogError, NightlogError } from '@nightlog/shared/base/nightlog-error';
import { readNotebook } from '@nightlog/shared/notebook/parse-notebook';
import { type PythonImport, pythonImports } from '@nightlog/shared/versions/python-imports';
import { type FileReading, readWholeFile, sameFacts } from './notebook-file.ts';
import { blobId } from './read-version-file.ts';

/** What is known of a file's content. */
export interface KnownFile {
	readonly oid: string;
	/** What it imports; null where nobody asked. */
	readonly imports: readonly PythonImport[] | null;
}

/** Remembers what files held, for as long as they say that they are unchanged. */
export interface FileMemo {
	/** Null where it is not known, or so fresh that a change since could not be seen. */
	find(path: string, facts: BigIntStats, objectFormat: 'sha1' | 'sha256'): KnownFile | null;
	/**
	 * Reads a file's bytes and remembers its id.
	 *
	 * @param project in which it must lie when it is read; absolute, links resolved
	 * @throws NightlogError `file/changed` (409, retryable) where it went away since it was looked at
	 */
	read(path: string, objectFormat: 'sha1' | 'sha256', signal: AbortSignal, project: string): Promise<Buffer>;
	/** What a module or notebook imports; nothing where it is no code. @throws NightlogError `file/changed` (409, retryable) as `read` */
	imports(path: string, facts: BigIntStats, objectFormat: 'sha1' | 'sha256', signal: AbortSignal): Promise<readonly PythonImport[]>;
	/** What a piece of code imports. */
	importsOfCode(source: string): readonly PythonImport[];
}

/** For so long after a change another one may leave a file's times as they are. */
const timesSettleMs = 2000;
/** Larger files are no code that somebody wrote. */
const mostCodeBytes = 2_000_000;
const mostRemembered = 5000;

interface Remembered extends KnownFile {
	readonly facts: BigIntStats;
	readonly objectFormat: 'sha1' | 'sha256';
	readonly isSettled: boolean;
}

/** @param clock milliseconds since 1970 */
export function createFileMemo(clock: () => number): FileMemo {
	const files = new Map<string, Remembered>();
	const code = new Map<string, readonly PythonImport[]>();

	function remember<Content>(map: Map<string, Content>, key: string, value: Content): Content {
		map.delete(key);
		map.set(key, value);
		if (map.size > mostRemembered) {
			const oldest = map.keys().next();
			if (!oldest.done) map.delete(oldest.value);
		}
		return value;
	}

	function find(path: string, facts: BigIntStats, objectFormat: 'sha1' | 'sha256'): Remembered | null {
		const known = files.get(path);
		if (known === undefined || !known.isSettled || known.objectFormat !== objectFormat || !sameFacts(known.facts, facts)) return null;
		return known;
	}

	async function read(
		path: string,
		objectFormat: 'sha1' | 'sha256',
		signal: AbortSignal,
		project: string | null,
	): Promise<{ bytes: Buffer; known: Remembered }> {
		const { bytes, facts } = await readThere(path, signal, project);
		const oid = blobId(objectFormat, bytes);
		const isSettled = clock() - Number(facts.ctimeMs) > timesSettleMs;
		return { bytes, known: remember(files, path, { oid, imports: null, facts, objectFormat, isSettled }) };
	}

	function importsOfCode(source: string): readonly PythonImport[] {
		return remember(code, source, code.get(source) ?? pythonImports(source));
	}

	return {
		find,
		read: async (path, objectFormat, signal, project) => (await read(path, objectFormat, signal, project)).bytes,
		importsOfCode,
		async imports(path, facts, objectFormat, signal) {
			if (facts.size > mostCodeBytes) return [];
			const before = find(path, facts, objectFormat);
			if (before !== null && before.imports !== null) return before.imports;
			const { bytes, known } = await read(path, objectFormat, signal, null);
			const imports = path.endsWith('.ipynb') ? importsOfNotebook(bytes) : pythonImports(bytes.toString());
			remember(files, path, { ...known, imports });
			return imports;
		},
	};
}

async function readThere(path: string, signal: AbortSignal, project: string | null): Promise<FileReading> {
	try {
		return await readWholeFile(path, signal, undefined, project);
	} catch (error) {
		throw isNightlogError(error, 'notebook/not-found') ? changedMeanwhile(path, error) : error;
	}
}

/** A file beside the notebook is not what was looked at: whoever looks again finds all as it is then. The notebook itself is there all the same. */
export function changedMeanwhile(path: string, cause: unknown): NightlogError {
	return new NightlogError('file/changed', `${JSON.stringify(path)} went away or became another file while it was read; try again.`, {
		status: 409,
		retryable: true,
		cause,
	});
}

function importsOfNotebook(bytes: Buffer): readonly PythonImport[] {
	const { value } = readNotebook(bytes);
	return (value?.cells ?? []).flatMap((cell) => (cell.type === 'code' ? pythonImports(cell.source) : []));
}
