import { stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { configValue, type GitConfig, type GitConfigEntry } from './git-config.ts';
import { type GitProgram, gitFailed, runGit } from './run-git.ts';

/** What the configuration of the person and of the system says, with the files that it includes, as `git` itself reads it outside of any repository. */
export interface PersonConfig {
	/** The section `core` alone: other sections may hold secrets. */
	readonly core: GitConfig;
	/** Names of filters that have a program. */
	readonly filters: readonly string[];
}

interface Known {
	readonly config: PersonConfig;
	readonly atMs: number;
	readonly files: readonly string[];
	readonly signature: string;
}

/** A file of the system that was not there at first is seen after so long. */
const askedAgainAfterMs = 10 * 60 * 1000;
/** Times of a file may stand still for so long. */
const settledAfterMs = 2000;

/** Reads it by `git`, and again when one of its files has changed: each run of `git` is felt by who waits for a submission. */
export function createPersonConfigReader(
	git: GitProgram,
	now: () => number,
	environment: NodeJS.ProcessEnv = process.env,
): () => Promise<PersonConfig> {
	let known: Promise<Known> | null = null;

	/** Not with a signal of whoever asks: others wait for the same answer. */
	async function ask(): Promise<Known> {
		const atMs = now();
		const { signal } = new AbortController();
		const args = ['config', '-z', '--show-origin', '--list'];
		const result = await runGit(git, args, { cwd: tmpdir(), signal, environment: { GIT_DIR: '/dev/null' } });
		if (result.exitCode !== 0) throw gitFailed(args, 'the configuration could not be read', result.stderr);
		const { entries, origins } = parseListing(result.stdout.toString('utf8'));
		const files = [...new Set([...origins, ...personFiles(environment)])].sort();
		const { signature, newestMs } = await lookAt(files);
		// What was written just now may have been written after it was read.
		return { config: digest(entries), atMs, files, signature: newestMs > atMs - settledAfterMs ? '' : signature };
	}

	async function isStill(before: Known): Promise<boolean> {
		const nowMs = now();
		return nowMs >= before.atMs && nowMs - before.atMs < askedAgainAfterMs && (await lookAt(before.files)).signature === before.signature;
	}

	return async () => {
		const before = known;
		const last = before === null ? null : await before.catch(() => null);
		if (last !== null && (await isStill(last))) return last.config;
		// Of several at once, one asks.
		if (known === before) known = ask();
		const asked = known as Promise<Known>;
		return (await asked).config;
	};
}

/** Where Git looks for a person's configuration (git-config(1), "FILES"). */
function personFiles(environment: NodeJS.ProcessEnv): string[] {
	const named = environment.GIT_CONFIG_GLOBAL;
	if (named !== undefined && isAbsolute(named)) return [named];
	return [join(homedir(), '.gitconfig'), join(personFolder(environment), 'config'), '/etc/gitconfig'];
}

/** The folder of Git's files below the person's configuration: `config`, `ignore`. */
export function personFolder(environment: NodeJS.ProcessEnv = process.env): string {
	const given = environment.XDG_CONFIG_HOME;
	return join(given !== undefined && given !== '' ? given : join(homedir(), '.config'), 'git');
}

/** Reads `git config -z --show-origin --list`: by turns where a setting comes from, and the setting. */
function parseListing(text: string): { readonly entries: GitConfigEntry[]; readonly origins: string[] } {
	const fields = text.split('\0');
	const entries: GitConfigEntry[] = [];
	const origins: string[] = [];
	for (let index = 0; index + 1 < fields.length; index += 2) {
		const [origin = '', setting = ''] = fields.slice(index, index + 2);
		// What we switch off ourselves comes from the command line.
		if (!origin.startsWith('file:')) continue;
		if (isAbsolute(origin.slice(5))) origins.push(origin.slice(5));
		const end = setting.indexOf('\n');
		const name = end < 0 ? setting : setting.slice(0, end);
		const match = /^([^.]+)\.(?:(.*)\.)?([^.]+)$/s.exec(name);
		if (match === null) continue;
		entries.push({ section: match[1] ?? '', subsection: match[2] ?? null, key: match[3] ?? '', value: end < 0 ? null : setting.slice(end + 1) });
	}
	return { entries, origins };
}

function digest(entries: readonly GitConfigEntry[]): PersonConfig {
	const named = entries.filter(({ section, key }) => section === 'filter' && ['clean', 'smudge', 'process', 'required'].includes(key));
	return {
		core: { entries: entries.filter(({ section }) => section === 'core'), problemLine: null },
		filters: [...new Set(named.map(({ subsection }) => subsection).filter((name) => name !== null))],
	};
}

async function lookAt(files: readonly string[]): Promise<{ readonly signature: string; readonly newestMs: number }> {
	const facts = await Promise.all(files.map(async (file) => await stat(file, { bigint: true }).catch(() => null)));
	return {
		signature: facts.map((found) => (found === null ? '-' : [found.ino, found.size, found.mtimeNs, found.ctimeNs].join(':'))).join(' '),
		newestMs: Math.max(0, ...facts.map((found) => Number(found?.ctimeMs ?? 0n))),
	};
}

/**
 * The file of ignore rules that counts beside a repository's own: what the repository names, else the person, else Git's own place for it.
 *
 * @returns null where there is none; undefined where only `git` can say
 */
export function excludesFileOf(repository: GitConfig, person: GitConfig, environment: NodeJS.ProcessEnv = process.env): string | null | undefined {
	const own = configValue(repository, 'core', 'excludesfile');
	// The same as the shadow Git directory is told, see `shadow-git-dir.ts`.
	if (typeof own === 'string' && own.startsWith('~/')) return join(homedir(), own.slice(2));
	if (typeof own === 'string' && isAbsolute(own)) return own;
	const value = configValue(person, 'core', 'excludesfile');
	if (value === undefined) return join(personFolder(environment), 'ignore');
	if (value === '') return null;
	if (value?.startsWith('~/')) return join(homedir(), value.slice(2));
	return value !== null && isAbsolute(value) ? value : undefined;
}
