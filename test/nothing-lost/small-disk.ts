import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

const pageBytes = 4096;

/** A file system of its own, small enough to be filled. Mounting takes root. */
export class SmallDisk {
	readonly #folder: string;
	readonly #filler: string;

	constructor(folder: string, sizeBytes: number, fileCount: number) {
		this.#folder = folder;
		this.#filler = path.join(folder, '.filler');
		mkdirSync(folder, { recursive: true });
		execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},nr_inodes=${fileCount},mode=0700`, 'tmpfs', folder]);
	}

	/** Fills it, but for so many bytes in whole pages. */
	fill(leaveBytes: number): void {
		this.free();
		const file = openSync(this.#filler, 'w');
		const page = Buffer.alloc(pageBytes, 'x');
		let written = 0;
		try {
			for (;;) {
				const done = writeSync(file, page);
				written += done;
				if (done < page.length) break;
			}
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
		}
		ftruncateSync(file, Math.max(0, Math.floor((written - leaveBytes) / pageBytes) * pageBytes));
		closeSync(file);
	}

	/** Uses up all file numbers but so many. */
	fillFiles(leave: number): void {
		this.free();
		const folder = `${this.#filler}s`;
		mkdirSync(folder);
		let made = 0;
		try {
			for (; ; made++) closeSync(openSync(path.join(folder, String(made)), 'wx'));
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
		}
		for (let number = Math.max(0, made - leave); number < made; number++) rmSync(path.join(folder, String(number)));
	}

	free(): void {
		rmSync(this.#filler, { force: true });
		rmSync(`${this.#filler}s`, { recursive: true, force: true });
	}

	unmount(): void {
		execFileSync('umount', ['--lazy', this.#folder]);
	}
}
