import path from 'node:path';
import type { Parameter } from '@nightlog/shared/parameters/parameter-schema';
import type { CommandContext } from '../command-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatFindings } from '../format-findings.ts';
import { formatTable } from '../format-table.ts';

/** `parameters NOTEBOOK`: what a job may change, with type, default and help. */
export async function parameters(context: CommandContext, operand: string, options: { readonly json?: boolean }): Promise<number> {
	const { client } = await context.connect();
	const notebook = path.resolve(context.currentFolder, operand);
	const found = await client.call('readParameters', { body: { notebook }, signal: context.signal });
	if (options.json === true) {
		context.terminal.write(`${JSON.stringify(found.parameters)}\n`);
		return exitCodes.done;
	}
	context.terminal.write(formatTable(['name', 'type', 'default', 'help'], found.parameters.map(rowOf)));
	context.terminal.writeError(formatFindings(found.findings));
	return exitCodes.done;
}

function rowOf({ name, type, source, help, choices, minimum, maximum }: Parameter): string[] {
	const range = minimum === null && maximum === null ? null : `${minimum ?? ''}..${maximum ?? ''}`;
	const limits = choices === null ? range : `one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`;
	return [name, type, source, [help, limits === null ? null : `(${limits})`].filter((part) => part !== null).join(' ')];
}
