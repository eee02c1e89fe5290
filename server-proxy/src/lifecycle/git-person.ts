import { execFile } from 'node:child_process';

/** Git's `user.name` and `user.email` of the person, from their own configuration and never a repository's; null where none is set. */
export interface GitPerson {
	readonly name: string | null;
	readonly email: string | null;
}

/** Asks the person's `git`; without one, or without an answer soon, nothing is known. */
export function readGitPerson(home: string, env: Readonly<Record<string, string | undefined>>): Promise<GitPerson> {
	return new Promise((resolve) => {
		execFile(
			'git',
			['config', '--global', '--null', '--get-regexp', '^user\\.(name|email)$'],
			{ cwd: home, env: { ...env }, timeout: 2_000 },
			(error, output) => {
				resolve(error === null ? parseGitPerson(output) : { name: null, email: null });
			},
		);
	});
}

/** What `git config --null --get-regexp` printed; of several values the last one counts, as it does for Git. */
export function parseGitPerson(output: string): GitPerson {
	const values = new Map(
		output.split('\0').map((entry) => {
			const end = entry.indexOf('\n');
			return end === -1 ? ([entry, ''] as const) : ([entry.slice(0, end), entry.slice(end + 1)] as const);
		}),
	);
	const textOf = (key: string) => {
		const value = values.get(key)?.trim();
		return value === undefined || value === '' ? null : value;
	};
	return { name: textOf('user.name'), email: textOf('user.email') };
}
