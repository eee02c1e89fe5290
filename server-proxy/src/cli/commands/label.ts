import { isNightlogError, NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { CommandContext } from '../command-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { findNotebookVersion } from '../notebook-at-version.ts';
import { visibleText } from '../visible-text.ts';
import { explainReplaced, plainVersion, shortId } from './versions.ts';

export interface LabelOptions {
	readonly move?: boolean;
	readonly remove?: boolean;
	readonly json?: boolean;
}

/** `label NOTEBOOK@VERSION [TEXT] [--move] [--remove]`: names a version that was kept, or takes its name away. */
export async function label(context: CommandContext, operand: string, text: string | undefined, options: LabelOptions): Promise<number> {
	const body = labelOf(text, options);
	const { client, notebook, id } = await findNotebookVersion(context, operand);
	const named = await client.call('labelVersion', { params: { id }, query: { notebook }, body, signal: context.signal }).catch((error) => {
		throw explainReplaced(explainTaken(error));
	});
	if (options.json === true) context.terminal.write(`${JSON.stringify(plainVersion(named))}\n`);
	else context.terminal.write(named.label === null ? `${named.id}  has no name now\n` : `${named.id}  is named ${visibleText(named.label)}\n`);
	return exitCodes.done;
}

/** @throws NightlogError `command/no-label` (400) where it is not said what is wanted */
function labelOf(text: string | undefined, { move, remove }: LabelOptions): { readonly label: string | null; readonly move?: true } {
	if (remove === true && text === undefined && move !== true) return { label: null };
	if (remove !== true && text !== undefined && text !== '') return { label: text, ...(move === true ? { move } : {}) };
	throw new NightlogError('command/no-label', 'Say the name that the version is to have, or --remove to take its name away, and not both.', {
		status: 400,
	});
}

/** Says which version has the name, and how this one gets it. */
function explainTaken(error: unknown): unknown {
	if (!isNightlogError(error, 'version/label-taken') || typeof error.data.version !== 'string') return error;
	const { label: taken, version } = error.data;
	const message = `Version ${shortId(version)} is named ${JSON.stringify(taken)}; choose another name, or take that one from it with --move.`;
	return new NightlogError('version/label-taken', message, { status: 409, data: error.data, cause: error });
}
