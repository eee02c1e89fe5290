import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { type Command, CommanderError } from 'commander';
import { buildProgram } from './build-program.ts';
import type { CommandContext } from './command-context.ts';
import { exitCodeOf, exitCodes, Interrupted } from './exit-codes.ts';
import { reportError } from './report-error.ts';

/** Runs one command in the world that is given; answers the exit code. */
export async function runProgram(context: CommandContext, argv: readonly string[]): Promise<number> {
	const json = wantsJson(argv);
	const { command, exitCode } = buildProgram(context);
	for (const each of withChildren(command)) {
		each.exitOverride();
		each.configureOutput({
			writeOut: (text) => context.terminal.write(text),
			writeErr: (text) => (json ? undefined : context.terminal.writeError(text)),
		});
	}
	try {
		await command.parseAsync([...argv], { from: 'user' });
		return exitCode();
	} catch (error) {
		if (error instanceof CommanderError) return usageExit(context, error, json);
		if (context.signal.aborted && context.signal.reason instanceof Interrupted) return exitCodes.interrupted;
		context.terminal.writeError(reportError(error, json));
		return exitCodeOf(error);
	}
}

/** Help and version are answers; all else is a call that is not understood, which commander has explained unless JSON is wanted. */
function usageExit(context: CommandContext, error: CommanderError, json: boolean): number {
	if (error.exitCode === 0) return exitCodes.done;
	const message = error.message.replace(/^error: /, '');
	if (json) context.terminal.writeError(reportError(new NightlogError('command/usage', message, { status: 400, cause: error }), true));
	return exitCodes.badInput;
}

/** Whether `--json` is among the options: what follows `--` is none. */
function wantsJson(argv: readonly string[]): boolean {
	const end = argv.indexOf('--');
	return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}

function withChildren(command: Command): Command[] {
	return [command, ...command.commands.flatMap(withChildren)];
}
