import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { type FieldError, NightlogError } from '@nightlog/shared/base/nightlog-error';
import { isMissing } from '../durable/file-errors.ts';
import { replaceFile } from '../files/replace-file.ts';

/** A file of a bundle. */
export interface BundleFile {
	/** Relative, with '/'. */
	readonly path: string;
	readonly mode: '100644' | '100755' | '120000';
	readonly sha256: string;
}

/**
 * So long after its last use a manifest or a blob is kept. It has to outlast an upload that is taken up again the next day, and no more: a job is laid out
 * from its version, and needs nothing of this once it is accepted.
 */
export const keptMs = 24 * 3_600_000;

/**
 * Bundles by the SHA-256 of their manifest, and the blobs that they name by theirs. The time of a file is that of its last use: being put, being posted,
 * and being named by a manifest that is posted.
 */
export class BundleStore {
	readonly #folder: string;
	readonly #now: () => Date;

	/**
	 * @param folder the state folder; `blobs` and `bundles` below it are made when they are needed
	 * @param now what the wall clock says
	 */
	constructor(folder: string, now: () => Date) {
		this.#folder = folder;
		this.#now = now;
	}

	/**
	 * Keeps the manifest, and says which of its blobs are not here yet. What is here is kept from now on for as long as if it had just come.
	 * @throws NightlogError `bundle/invalid` (400) where a path leaves the bundle, or stands for two files
	 */
	async describe(files: readonly BundleFile[]): Promise<{ id: string; missing: string[] }> {
		const errors = pathErrors(files);
		if (errors.length > 0) throw new NightlogError('bundle/invalid', errors[0]?.message ?? 'The bundle is not valid.', { status: 400, errors });
		const manifest = manifestOf(files);
		const id = createHash('sha256').update(manifest).digest('hex');
		const file = path.join(this.#folder, 'bundles', `${id}.json`);
		if (!(await this.#use(file))) {
			await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
			await replaceFile(file, manifest);
			await this.#use(file);
		}
		const missing: string[] = [];
		for (const sha256 of new Set(files.map((each) => each.sha256))) if (!(await this.#use(this.blobFile(sha256)))) missing.push(sha256);
		return { id, missing };
	}

	/**
	 * Keeps a blob, once it is known to be what its name says.
	 * @throws NightlogError `bundle/wrong-content` (422); then nothing is kept
	 */
	async putBlob(sha256: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
		const file = this.blobFile(sha256);
		await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
		const temporary = path.join(path.dirname(file), `.${sha256}.${randomBytes(6).toString('hex')}.new`);
		try {
			const hash = createHash('sha256');
			const handle = await open(temporary, 'wx', 0o600);
			try {
				for await (const piece of content) {
					signal.throwIfAborted();
					hash.update(piece);
					await handle.write(piece);
				}
				await handle.utimes(this.#now(), this.#now());
				await handle.sync();
			} finally {
				await handle.close();
			}
			const actual = hash.digest('hex');
			if (actual !== sha256) {
				throw new NightlogError('bundle/wrong-content', 'The bytes that came are not those of this blob; put them again.', {
					status: 422,
					retryable: true,
					data: { expected: sha256, actual },
				});
			}
			await rename(temporary, file);
		} catch (error) {
			await rm(temporary, { force: true });
			throw error;
		}
	}

	/** Where a blob is, if it is here. */
	blobFile(sha256: string): string {
		return path.join(this.#folder, 'blobs', sha256.slice(0, 2), sha256);
	}

	/** Removes what nobody used for `keptMs`, and what is left of uploads and sweeps that never ended. */
	async sweep(signal: AbortSignal): Promise<void> {
		const blobs = path.join(this.#folder, 'blobs');
		const folders = [path.join(this.#folder, 'bundles'), ...(await namesIn(blobs)).map((name) => path.join(blobs, name))];
		for (const folder of folders) {
			for (const name of await namesIn(folder)) {
				if (signal.aborted) return;
				if (await this.#isUnused(path.join(folder, name))) await this.#remove(folder, name);
			}
		}
	}

	/**
	 * Its time is now. @returns whether it is here
	 *
	 * It is looked for after its time was set: if it is seen then, a sweep has either not taken it yet and will see the new time, or has put it back.
	 */
	async #use(file: string): Promise<boolean> {
		try {
			await utimes(file, this.#now(), this.#now());
			await stat(file);
			return true;
		} catch (error) {
			if (isMissing(error)) return false;
			throw error;
		}
	}

	async #isUnused(file: string): Promise<boolean> {
		try {
			const ageMs = this.#now().getTime() - (await stat(file)).mtimeMs;
			// Used in the future: the clock was set back, and it is not known when. Its day begins now.
			if (ageMs < -keptMs) await this.#use(file);
			return ageMs >= keptMs;
		} catch (error) {
			if (isMissing(error)) return false;
			throw error;
		}
	}

	/** A server of another machine may use it at this moment: it is taken away first, and is put back where it was used since. */
	async #remove(folder: string, name: string): Promise<void> {
		const file = path.join(folder, name);
		if (name.startsWith('.')) return rm(file, { force: true });
		const taken = path.join(folder, `.${name}.${randomBytes(6).toString('hex')}.old`);
		try {
			await rename(file, taken);
		} catch (error) {
			if (isMissing(error)) return;
			throw error;
		}
		if (await this.#isUnused(taken)) await rm(taken, { force: true });
		else await rename(taken, file);
	}
}

/** The manifest of these files: JSON, sorted by path, without spaces. Its SHA-256 is the bundle's id. */
export function manifestOf(files: readonly BundleFile[]): string {
	const sorted = [...files].sort((left, right) => (left.path < right.path ? -1 : left.path > right.path ? 1 : 0));
	return JSON.stringify(sorted.map(({ path: name, mode, sha256 }) => ({ path: name, mode, sha256 })));
}

function pathErrors(files: readonly BundleFile[]): FieldError[] {
	const errors: FieldError[] = [];
	const names = new Set(files.map((file) => file.path));
	const seen = new Set<string>();
	for (const [index, file] of files.entries()) {
		const parts = file.path.split('/');
		const say = (message: string) => errors.push({ path: `/files/${index}/path`, message });
		if (seen.has(file.path)) say('This path stands in the bundle twice.');
		else if (file.path.includes('\0') || file.path.includes('\\') || /\p{Surrogate}/u.test(file.path))
			say('This path holds a character that no file of a bundle can have.');
		else if (parts.some((part) => part === '' || part === '.' || part === '..'))
			say('A path of a bundle is relative, and has no empty part, `.` or `..`.');
		else if (parts.some((part) => part.toLowerCase() === '.git')) say('A bundle holds no file of Git itself.');
		else if (parts.some((_, length) => length > 0 && names.has(parts.slice(0, length).join('/'))))
			say('A part of this path is a file of the bundle.');
		seen.add(file.path);
	}
	return errors;
}

async function namesIn(folder: string): Promise<string[]> {
	try {
		return await readdir(folder);
	} catch (error) {
		if (isMissing(error)) return [];
		throw error;
	}
}
