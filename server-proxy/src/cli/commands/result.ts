import path from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { resolveJobId } from '../find-job.ts';
import { visibleText } from '../visible-text.ts';
import { writeOutputFile } from '../write-output-file.ts';

export interface OutputOptions {
	readonly output?: string;
	readonly force?: boolean;
	readonly json?: boolean;
}

/** `result ID [-o FILE]`: the executed notebook, to a file or to standard output; with `--json` where it is. */
export async function result(context: CommandContext, operand: string, options: OutputOptions): Promise<number> {
	const { client } = await context.connect();
	const id = await resolveJobId(client, operand, context.signal);
	const json = options.json === true;
	const written = options.output === undefined && json ? null : await client.call('getJobResult', { params: { id }, signal: context.signal });
	const target = written === null ? null : await deliver(context, new Uint8Array(await written.arrayBuffer()), options);
	if (json) {
		const job = await client.call('getJob', { params: { id }, signal: context.signal });
		context.terminal.write(`${JSON.stringify({ ...(job.result ?? { notebook: null, version: null, files: [] }), written: target })}\n`);
	}
	return exitCodes.done;
}

/** Writes a notebook where it was asked for: a file's absolute path, or null for standard output. */
export async function deliver(context: CommandContext, bytes: Uint8Array, options: OutputOptions): Promise<string | null> {
	if (options.output === undefined || options.output === '-') {
		if (options.json !== true) context.terminal.write(bytes);
		return null;
	}
	const target = await writeOutputFile(path.resolve(context.currentFolder, options.output), bytes, options.force === true);
	if (options.json !== true) context.terminal.write(`Wrote ${visibleText(target)}\n`);
	return target;
}
