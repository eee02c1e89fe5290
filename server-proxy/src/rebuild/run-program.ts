import { spawn } from 'node:child_process';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';

/** What a program said and how it ended. */
export interface ProgramEnd {
	/** Null when a signal ended it. */
	readonly code: number | null;
	/** The last 20,000 characters of standard output and error together. */
	readonly output: string;
}

/** Runs a program to its end. @throws NightlogError `rebuild/no-program` when it cannot be started; the signal's reason when it was aborted */
export type RunProgram = (program: string, args: readonly string[], signal: AbortSignal) => Promise<ProgramEnd>;

const keptCharacters = 20_000;

/** Runs programs with `environment` and no input; arguments are never read by a shell. */
export function programRunner(environment: NodeJS.ProcessEnv): RunProgram {
	return (program, args, signal) =>
		new Promise((resolve, reject) => {
			const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'], signal });
			let output = '';
			for (const stream of [child.stdout, child.stderr]) {
				stream.setEncoding('utf8');
				stream.on('data', (text: string) => {
					output = (output + text).slice(-keptCharacters);
				});
			}
			child.once('error', (cause) => {
				reject(
					signal.aborted ? signal.reason : new NightlogError('rebuild/no-program', `${program} could not be started: is it installed?`, { cause }),
				);
			});
			child.once('close', (code) => resolve({ code, output }));
		});
}
