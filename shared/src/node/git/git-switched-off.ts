/**
 * Everything that a repository's own configuration can name, and what `git` may be told to run, switched off. A repository is not trusted: whoever
 * unpacks a stranger's archive and opens a notebook in it must not run the stranger's programs. Lists that are long by nature (filter, diff and merge
 * drivers, remotes) are not switched off one by one: commands that would consult them run in a shadow Git directory instead (`shadow-git-dir.ts`),
 * where the repository's configuration is never read.
 */
const settings: readonly (readonly [string, string])[] = [
	['core.hooksPath', '/dev/null'],
	['core.fsmonitor', 'false'],
	['core.untrackedCache', 'false'],
	['core.attributesFile', '/dev/null'],
	['core.sshCommand', 'false'],
	['core.gitProxy', 'false'],
	['core.askPass', 'false'],
	['core.pager', 'cat'],
	['core.editor', 'false'],
	['core.alternateRefsCommand', 'false'],
	['sequence.editor', 'false'],
	['credential.helper', ''],
	['diff.external', ''],
	['interactive.diffFilter', ''],
	['gpg.program', 'false'],
	['gpg.ssh.program', 'false'],
	['gpg.ssh.defaultKeyCommand', ''],
	['gpg.x509.program', 'false'],
	['commit.gpgSign', 'false'],
	['tag.gpgSign', 'false'],
	['log.showSignature', 'false'],
	['uploadpack.packObjectsHook', ''],
	['submodule.recurse', 'false'],
	['diff.ignoreSubmodules', 'all'],
	['status.submoduleSummary', 'false'],
	['fetch.recurseSubmodules', 'false'],
	['gc.auto', '0'],
	['maintenance.auto', 'false'],
	['core.logAllRefUpdates', 'false'],
	['protocol.allow', 'never'],
	['protocol.ext.allow', 'never'],
	['protocol.file.allow', 'never'],
];

/** Arguments that stand before every command of `git`. */
export const safeGitArguments: readonly string[] = [
	'--no-pager',
	'--no-optional-locks',
	...settings.flatMap(([key, value]) => ['-c', `${key}=${value}`]),
];

/** What of the person's environment `git` sees: no `GIT_*` of whoever started us, nothing that names a program or a secret. */
const passedOn: readonly string[] = [
	'PATH',
	'HOME',
	'USER',
	'LOGNAME',
	'XDG_CONFIG_HOME',
	'TMPDIR',
	'TEMP',
	'TMP',
	'SUDO_UID',
	'SystemRoot',
	'USERPROFILE',
	'HOMEDRIVE',
	'HOMEPATH',
	'APPDATA',
	'LD_LIBRARY_PATH',
	'GIT_CONFIG_GLOBAL',
	'GIT_CONFIG_SYSTEM',
	'GIT_CONFIG_NOSYSTEM',
	'GIT_CEILING_DIRECTORIES',
];

/** The environment that `git` runs in. The person's own configuration stays readable (`core.excludesFile`, `core.autocrlf`, `safe.directory`). */
export function gitEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
	const result: Record<string, string> = {};
	for (const name of passedOn) {
		const value = environment[name];
		if (value !== undefined) result[name] = value;
	}
	return {
		...result,
		LC_ALL: 'C',
		GIT_TERMINAL_PROMPT: '0',
		GIT_OPTIONAL_LOCKS: '0',
		GIT_NO_LAZY_FETCH: '1',
		GIT_NO_REPLACE_OBJECTS: '1',
		GIT_ATTR_NOSYSTEM: '1',
		GIT_ALLOW_PROTOCOL: 'none',
		GIT_PROTOCOL_FROM_USER: '0',
		GIT_ASKPASS: 'false',
		SSH_ASKPASS: 'false',
		GIT_SSH_COMMAND: 'false',
		GIT_EDITOR: 'false',
		GIT_PAGER: 'cat',
		GIT_ADVICE: '0',
	};
}
