import type { JobId } from '@nightlog/shared/base/ids';
import { isNightlogError, NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { CommandContext, ServerConnection } from '../command-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { resolveJobId } from '../find-job.ts';
import { followJob } from '../follow-job.ts';
import { exitCodeOfJob } from '../wait-for-job.ts';

export interface LogsOptions {
	readonly follow?: boolean;
	readonly json?: boolean;
}

/** `logs ID [-f]`: what the job wrote to its standard output and error, as it wrote it. */
export async function logs(context: CommandContext, operand: string, options: LogsOptions): Promise<number> {
	if (options.follow === true && options.json === true) {
		throw new NightlogError('command/invalid-option', 'Give -f or --json, not both: a log that goes on is no JSON document.', { status: 400 });
	}
	const connection = await context.connect();
	const id = await resolveJobId(connection.client, operand, context.signal);
	if (options.follow !== true) {
		const bytes = await readLog(connection, id, 0, context.signal);
		context.terminal.write(options.json === true ? `${JSON.stringify({ id, log: new TextDecoder().decode(bytes) })}\n` : bytes);
		return exitCodes.done;
	}
	let written = 0;
	const ended = await followJob(context, connection, id, {
		onRunnerEvent: () => undefined,
		onJob: async () => {
			const bytes = await readLog(connection, id, written, context.signal);
			written += bytes.length;
			if (bytes.length > 0) context.terminal.write(bytes);
		},
	});
	return exitCodeOfJob(ended);
}

/** The log from a byte on; empty where there is no more, or none yet. */
async function readLog({ client }: ServerConnection, id: JobId, from: number, signal: AbortSignal): Promise<Uint8Array> {
	try {
		const response = await client.call('getJobLog', {
			params: { id },
			...(from === 0 ? {} : { headers: { range: `bytes=${from}-` } }),
			signal,
		});
		return new Uint8Array(await response.arrayBuffer());
	} catch (error) {
		// 416: nothing lies behind the last byte (RFC 9110, section 15.5.17).
		if (isNightlogError(error) && error.status === 416) return new Uint8Array();
		throw error;
	}
}
