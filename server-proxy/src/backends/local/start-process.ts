import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { processFilePath } from './process-file.ts';
import { awakeSeconds } from './process-identity.ts';

/** Exit status of the start script when the job was begun, or cancelled, by somebody else before. */
export const begunBefore = 75;

// One shell that becomes the runner: it says who it is before any work begins, in a file that only the first can create, enters the job's
// control groups, and then is the runner, with the same number and start time.
const script = `set -Cef
boot=; host=; stat=
read -r boot </proc/sys/kernel/random/boot_id || :
read -r host </proc/sys/kernel/hostname || :
read -r stat </proc/$$/stat || :
printf '%s\\n%s\\n%s\\n%s\\n%s\\n' "$$" "$boot" "$host" "$stat" "$2" 2>/dev/null >"$1" || exit ${begunBefore}
groups=$3
shift 3
while [ "$groups" -gt 0 ]; do
  set +C; printf '%s\\n' "$$" >"$1" || :; set -C
  groups=$((groups - 1)); shift
done
exec "$@"`;

/** What is started. */
export interface ProcessStart {
	readonly folder: string;
	readonly command: readonly [string, ...string[]];
	readonly environment: Readonly<Record<string, string>>;
	/** `cgroup.procs` files of the groups that the process enters before it begins. */
	readonly groupFiles: readonly string[];
}

/** Starts the runner in a session of its own, its output in the job's `log.txt`; it lives on when this process ends. */
export function startProcess(start: ProcessStart): ChildProcess {
	const log = openSync(path.join(start.folder, 'log.txt'), 'a', 0o600);
	try {
		const child = spawn(
			'/bin/sh',
			[
				...['-c', script, 'nightlog-start', processFilePath(start.folder), String(awakeSeconds())],
				...[String(start.groupFiles.length), ...start.groupFiles, ...start.command],
			],
			{ cwd: start.folder, detached: true, env: { ...start.environment }, stdio: ['ignore', log, log] },
		);
		child.unref();
		return child;
	} finally {
		closeSync(log);
	}
}
