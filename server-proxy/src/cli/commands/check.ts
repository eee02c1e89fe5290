import type { CommandContext } from '../command-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatFindings } from '../format-findings.ts';
import { checkSubmission, prepareSubmission, type SubmitOptions } from './submit.ts';

/** `check NOTEBOOK`: what would keep a job from running, or may hurt it. */
export async function check(context: CommandContext, operand: string, options: SubmitOptions): Promise<number> {
	const prepared = await prepareSubmission(context, operand, options);
	const findings = await checkSubmission(context, await context.connect(), prepared);
	if (options.json === true) context.terminal.write(`${JSON.stringify(findings)}\n`);
	else context.terminal.write(findings.length === 0 ? 'Nothing was found that would keep it from running.\n' : formatFindings(findings));
	return findings.some(({ severity }) => severity === 'error') ? exitCodes.badInput : exitCodes.done;
}
