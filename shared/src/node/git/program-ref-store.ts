import { NightlogError } from '../../base/nightlog-error.ts';
import type { ObjectId, RefChange, RepositoryLayout } from '../../versions/repository.ts';
import { refConflict, refMoved, refNamespace } from '../../versions/repository-ref-names.ts';
import type { RefStore } from './object-store.ts';
import { durableSettings, writeFailed } from './program-object-store.ts';
import { type GitProgram, type GitResult, gitFailed, runGit } from './run-git.ts';

const patienceMs = 2000;

/** Refs kept by the person's `git`, for repositories whose refs have a format that we do not know (reftable). */
export class ProgramRefStore implements RefStore {
	private readonly git: GitProgram;
	private readonly layout: RepositoryLayout;

	constructor(git: GitProgram, layout: RepositoryLayout) {
		this.git = git;
		this.layout = layout;
	}

	async read(ref: string): Promise<ObjectId | null> {
		if (ref !== 'HEAD') return (await this.list(ref)).find((found) => found.ref === ref)?.oid ?? null;
		const args = ['rev-parse', '--verify', '--quiet', 'HEAD'];
		const result = await this.run(args);
		return result.exitCode === 0 ? result.stdout.toString('latin1').trim() : null;
	}

	async list(prefix: string): Promise<readonly { readonly ref: string; readonly oid: ObjectId }[]> {
		const args = ['for-each-ref', '--format=%(objectname) %(refname)', prefix];
		const result = await this.run(args);
		if (result.exitCode !== 0) throw gitFailed(args, `it ended with ${result.exitCode}`, result.stderr);
		const found = result.stdout
			.toString('utf8')
			.split('\n')
			.map((line) => ({ ref: line.slice(line.indexOf(' ') + 1), oid: line.slice(0, line.indexOf(' ')) }));
		return found.filter(({ ref }) => ref.startsWith(prefix)).sort((left, right) => (left.ref < right.ref ? -1 : 1));
	}

	async change(changes: readonly RefChange[], ready: () => Promise<void>): Promise<void> {
		await ready();
		if (changes.length === 0) return;
		const zero = '0'.repeat(this.layout.objectFormat === 'sha1' ? 40 : 64);
		const input = changes
			.map(({ ref, from, to }) => {
				if (to === from) return `verify ${ref}\0${from ?? zero}\0`;
				if (to === null) return `delete ${ref}\0${from}\0`;
				return from === null ? `create ${ref}\0${to}\0` : `update ${ref}\0${to}\0${from}\0`;
			})
			.join('');
		const startMs = performance.now();
		for (let attempt = 1; ; attempt++) {
			const result = await this.run([...durableSettings, 'update-ref', '--no-deref', '--stdin', '-z'], input);
			if (result.exitCode === 0) return;
			await this.assertPossible(changes);
			if (performance.now() - startMs > patienceMs) throw await this.changeFailed(result);
			await new Promise((resolve) => setTimeout(resolve, Math.min(100, 5 * attempt) * (0.5 + Math.random())));
		}
	}

	/** The program cleans up after itself. */
	async maintain(): Promise<void> {}

	/** Finds by what is there, not by what the program says, whether trying again is of use. */
	private async assertPossible(changes: readonly RefChange[]): Promise<void> {
		const there = new Map((await this.list(refNamespace)).map(({ ref, oid }) => [ref, oid]));
		for (const { ref, from } of changes) if ((there.get(ref) ?? null) !== from) throw refMoved(ref);
		const created = changes.filter(({ from, to }) => from === null && to !== null).map(({ ref }) => ref);
		for (const ref of created) {
			for (const other of [...there.keys(), ...created]) {
				if (other.startsWith(`${ref}/`) || ref.startsWith(`${other}/`)) throw refConflict(ref, other);
			}
		}
	}

	private async changeFailed(result: GitResult): Promise<NightlogError> {
		const failure = await writeFailed(this.layout.commonDir, 'update-ref', result);
		if (failure.code === 'repository/disk-full') return failure;
		return new NightlogError('repository/busy', 'Another program holds the refs of this repository; try again in a moment.', {
			status: 503,
			retryable: true,
			data: { gitDir: this.layout.commonDir },
			cause: failure,
		});
	}

	private async run(args: readonly string[], input = '') {
		const { signal } = new AbortController();
		return await runGit(this.git, args, { cwd: this.layout.gitDir, signal, input, environment: { GIT_DIR: this.layout.gitDir } });
	}
}
