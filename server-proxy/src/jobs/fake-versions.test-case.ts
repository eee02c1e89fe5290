import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CommitOid, JobId } from '@nightlog/shared/base/ids';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { VersionDetail } from '@nightlog/shared/versions/version-schema';
import type { NotebookCode, VersionContent, VersionFile, VersionService } from '../services.ts';

/** A file of a version: its text, where it links to, or that it is nowhere. */
export type FakeFile = string | { readonly link: string } | { readonly executable: string } | { readonly missing: true };

/** A code cell of a version: its source, with its tags where it has some. */
export type FakeCell = string | { readonly source: string; readonly tags: readonly string[] };

/** Versions in a plain folder, for tests of jobs: seen by every process that opens the same folder. */
export class FakeVersions implements Pick<VersionService, 'get' | 'readNotebook' | 'readCode' | 'content' | 'pin' | 'keepResult' | 'readReceipt'> {
	readonly #folder: string;
	/** Called before a result is kept; may throw. */
	beforeKeep: () => void = () => undefined;
	gets = 0;

	constructor(folder: string) {
		this.#folder = folder;
		for (const name of ['results', 'receipts']) mkdirSync(path.join(folder, name), { recursive: true });
	}

	/** Makes a version of a notebook whose cells are these sources, with the files beside it; their paths are relative to the project. */
	make(
		project: string,
		notebook: string,
		cells: readonly FakeCell[],
		files: Readonly<Record<string, FakeFile>> = {},
		kernelspec?: Readonly<Record<string, string>>,
	): CommitOid {
		const content = {
			nbformat: 4,
			nbformat_minor: 5,
			metadata: kernelspec === undefined ? {} : { kernelspec },
			cells: cells.map((cell, index) => {
				const { source, ...metadata } = typeof cell === 'string' ? { source: cell } : cell;
				return { cell_type: 'code', id: `c${index}`, metadata, source, outputs: [], execution_count: null };
			}),
		};
		const text = JSON.stringify({ project, notebook, text: JSON.stringify(content), files });
		const id = createHash('sha1').update(text).digest('hex');
		writeFileSync(path.join(this.#folder, id), text);
		return id as CommitOid;
	}

	/** Ids of the jobs whose results were kept, and what was kept. */
	results(): Map<string, string> {
		const folder = path.join(this.#folder, 'results');
		return new Map(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
	}

	async get(id: CommitOid, notebook: string): Promise<VersionDetail> {
		this.gets += 1;
		return this.#read(id, notebook).detail;
	}

	async readNotebook(id: CommitOid, notebook: string): Promise<Uint8Array> {
		return this.#read(id, notebook).notebook;
	}

	async readCode(id: CommitOid, notebook: string): Promise<VersionContent & NotebookCode> {
		this.gets += 1;
		return this.#read(id, notebook);
	}

	async content(id: CommitOid, notebook: string): Promise<VersionContent> {
		return this.#read(id, notebook);
	}

	async pin(): Promise<void> {}

	async keepResult(request: Parameters<VersionService['keepResult']>[0]): Promise<CommitOid> {
		this.beforeKeep();
		const file = path.join(this.#folder, 'results', request.job satisfies JobId);
		if (!existsSync(file)) {
			writeFileSync(`${file}.new`, request.executed);
			renameSync(`${file}.new`, file);
		}
		const id = createHash('sha1').update(request.job).digest('hex') as CommitOid;
		if (request.receipt !== null) writeFileSync(path.join(this.#folder, 'receipts', id), JSON.stringify(request.receipt));
		return id;
	}

	async readReceipt(result: CommitOid): Promise<Uint8Array | null> {
		const file = path.join(this.#folder, 'receipts', result);
		return existsSync(file) ? readFileSync(file) : null;
	}

	#read(id: CommitOid, notebook: string): VersionContent & NotebookCode {
		const file = path.join(this.#folder, id);
		if (!existsSync(file)) throw new NightlogError('version/not-found', 'There is no such version.', { status: 404 });
		const kept = JSON.parse(readFileSync(file, 'utf8')) as { project: string; notebook: string; text: string; files: Record<string, FakeFile> };
		if (path.join(kept.project, kept.notebook) !== notebook)
			throw new NightlogError('version/not-found', 'It is of another notebook.', { status: 404 });
		const files = Object.entries(kept.files).map(([name, content]): VersionFile => {
			if (typeof content === 'object' && 'missing' in content) return { path: name, mode: '100644', sizeBytes: null, read: async () => null };
			const text = typeof content === 'string' ? content : 'link' in content ? content.link : content.executable;
			const mode = typeof content === 'string' ? '100644' : 'link' in content ? '120000' : '100755';
			return { path: name, mode, sizeBytes: text.length, read: async () => new TextEncoder().encode(text) };
		});
		const detail: VersionDetail = {
			id,
			notebook: kept.notebook,
			createdAt: '2026-11-21T09:00:00.000Z',
			reason: 'submit',
			label: null,
			parameters: {},
			author: { name: 'Ana', email: 'ana@example.org' },
			project: kept.project,
			repository: path.join(kept.project, '.git'),
			inProject: true,
			parents: [],
			branchCommit: null,
			leftOut: [],
			files: files.map(({ path: name, sizeBytes }) => ({ path: name, sizeBytes: sizeBytes ?? 0 })),
			note: null,
			offer: null,
		};
		const mayLackFiles = Object.values(kept.files).some((content) => typeof content === 'object' && 'missing' in content);
		return { detail, notebook: new TextEncoder().encode(kept.text), files, mayLackFiles };
	}
}
