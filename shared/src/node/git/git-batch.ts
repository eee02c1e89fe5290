import type { ChildProcess } from 'node:child_process';
import type { RepositoryLayout } from '../../versions/repository.ts';
import type { ObjectType } from '../../versions/repository-objects.ts';
import { corruptObject, type GitObject } from './loose-objects.ts';
import { type GitProgram, gitFailed, startGit } from './run-git.ts';

/** How long a process without work is kept. */
const idleMs = 2000;
const args = ['cat-file', '--batch'];

interface Waiting {
	readonly oid: string;
	readonly mostBytes: number;
	resolve(object: GitObject | null): void;
	reject(error: unknown): void;
}

/** Reads objects through `git cat-file --batch`: one process for many, started when it is needed, and ended when nothing was asked for two seconds. */
export class GitBatch {
	private readonly git: GitProgram;
	private readonly layout: RepositoryLayout;
	private child: ChildProcess | null = null;
	private waiting: Waiting[] = [];
	private chunks: Buffer[] = [];
	private length = 0;
	/** How many bytes the next answer needs at least; so a large object is not put together again with each chunk. */
	private needed = 1;
	private idle: NodeJS.Timeout | null = null;

	constructor(git: GitProgram, layout: RepositoryLayout) {
		this.git = git;
		this.layout = layout;
	}

	/** Null where the object is not there. A larger one than `mostBytes` is refused. */
	async read(oid: string, mostBytes: number): Promise<GitObject | null> {
		return await new Promise<GitObject | null>((resolve, reject) => {
			if (this.idle !== null) clearTimeout(this.idle);
			this.waiting.push({ oid, mostBytes, resolve, reject });
			this.process().stdin?.write(`${oid}\n`);
		});
	}

	private process(): ChildProcess {
		if (this.child !== null) return this.child;
		const child = startGit(this.git, args, this.layout.gitDir, { GIT_DIR: this.layout.gitDir });
		let stderr = '';
		this.child = child;
		this.chunks = [];
		this.length = 0;
		this.needed = 1;
		child.stdout?.on('data', (chunk: Buffer) => {
			this.chunks.push(chunk);
			this.length += chunk.length;
			if (this.length >= this.needed) this.answer();
		});
		child.stderr?.on('data', (chunk: Buffer) => {
			if (stderr.length < 65_536) stderr += chunk.toString('utf8');
		});
		// The end of the process tells what a closed pipe only hints at.
		child.stdin?.on('error', () => {});
		const onEnd = (cause?: Error): void => {
			if (this.child !== child) return;
			this.child = null;
			const open = this.waiting;
			this.waiting = [];
			for (const { reject } of open) reject(gitFailed(args, 'it ended before it answered', stderr, cause));
		};
		child.on('error', onEnd);
		child.on('close', () => onEnd());
		return child;
	}

	private answer(): void {
		let bytes = this.chunks.length === 1 ? (this.chunks[0] as Buffer) : Buffer.concat(this.chunks);
		this.needed = 1;
		while (this.waiting.length > 0) {
			const newline = bytes.indexOf(10);
			if (newline < 0) break;
			const head = /^[0-9a-f]+ (blob|tree|commit|tag) (\d+)$/.exec(bytes.toString('latin1', 0, newline));
			const next = this.waiting[0] as Waiting;
			if (head === null) {
				this.waiting.shift();
				const isMissing = bytes.toString('latin1', 0, newline).endsWith(' missing');
				if (isMissing) next.resolve(null);
				else next.reject(corruptObject(next.oid));
				bytes = bytes.subarray(newline + 1);
				continue;
			}
			const size = Number(head[2]);
			if (size > next.mostBytes) {
				this.child?.kill('SIGKILL');
				return;
			}
			if (bytes.length < newline + 1 + size + 1) {
				this.needed = newline + 1 + size + 1;
				break;
			}
			this.waiting.shift();
			next.resolve({ type: head[1] as ObjectType, bytes: bytes.subarray(newline + 1, newline + 1 + size) });
			bytes = bytes.subarray(newline + 2 + size);
		}
		this.chunks = bytes.length === 0 ? [] : [bytes];
		this.length = bytes.length;
		if (this.waiting.length > 0) return;
		this.idle = setTimeout(() => this.child?.stdin?.end(), idleMs);
		this.idle.unref();
	}
}
