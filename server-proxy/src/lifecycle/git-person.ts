import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { configValue, type GitConfigEntry, parseGitConfig } from '@nightlog/shared/node/git/git-config';

/** Git's `user.name` and `user.email` of the person, from their own configuration and never a repository's; null where none is set. */
export interface GitPerson {
	readonly name: string | null;
	readonly email: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the person's own files, as Git does; where these include others, `git` itself is asked. Source: git-config(1), FILES. */
export async function readGitPerson(home: string, env: Environment): Promise<GitPerson> {
	const entries: GitConfigEntry[] = [];
	for (const file of personalFiles(home, env)) {
		const text = await readFile(file, 'utf8').catch(() => '');
		entries.push(...parseGitConfig(text).entries);
	}
	if (entries.some(({ section }) => section === 'include' || section === 'includeif')) return askGit(home, env);
	const config = { entries, problemLine: null };
	return { name: textOf(configValue(config, 'user', 'name')), email: textOf(configValue(config, 'user', 'email')) };
}

function personalFiles(home: string, env: Environment): string[] {
	if (env.GIT_CONFIG_GLOBAL !== undefined) return [env.GIT_CONFIG_GLOBAL];
	const base = env.XDG_CONFIG_HOME;
	return [path.join(base === undefined || base === '' ? path.join(home, '.config') : base, 'git', 'config'), path.join(home, '.gitconfig')];
}

/** Without a `git`, or without an answer soon, nothing is known. */
function askGit(home: string, env: Environment): Promise<GitPerson> {
	const query = ['config', '--global', '--includes', '--null', '--get-regexp', '^user\\.(name|email)$'];
	return new Promise((resolve) => {
		execFile('git', query, { cwd: home, env: { ...env }, timeout: 10_000 }, (error, output) => {
			resolve(error === null ? parseGitPerson(output) : { name: null, email: null });
		});
	});
}

/** What `git config --null --get-regexp` printed; of several values the last one counts. */
export function parseGitPerson(output: string): GitPerson {
	const values = new Map(
		output.split('\0').map((entry) => {
			const end = entry.indexOf('\n');
			return end === -1 ? ([entry, ''] as const) : ([entry.slice(0, end), entry.slice(end + 1)] as const);
		}),
	);
	return { name: textOf(values.get('user.name')), email: textOf(values.get('user.email')) };
}

function textOf(value: string | null | undefined): string | null {
	const text = value?.trim() ?? '';
	return text === '' ? null : text;
}
