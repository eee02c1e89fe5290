import { open } from 'node:fs/promises';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { ParameterValues } from '@nightlog/shared/base/parameter-values';
import { parse } from 'yaml';
import { readUpTo } from '../files/read-named-file.ts';

const mostBytes = 10_000_000;

/**
 * Values by name from a file, or a pipe, of JSON or YAML (of which JSON is a part). An integer beyond 2^53 becomes a string of digits, as the API has it.
 *
 * @throws NightlogError `command/parameters-file` (400)
 */
export async function readParametersFile(file: string): Promise<ParameterValues> {
	let bytes: Buffer | 'too-large';
	try {
		const handle = await open(file);
		try {
			bytes = await readUpTo(handle, mostBytes);
		} finally {
			await handle.close();
		}
	} catch (cause) {
		throw failed(`The file with the parameters cannot be read: ${file} (${codeOf(cause)}).`, cause);
	}
	if (bytes === 'too-large') throw failed(`${file} is larger than ${mostBytes / 1_000_000} MB; name a file that holds parameters.`);
	return parseParametersText(bytes.toString('utf8'), file);
}

/** As `readParametersFile`, of a text. */
export function parseParametersText(text: string, file: string): ParameterValues {
	let value: unknown;
	try {
		// YAML 1.2's core schema: `no`, `on` and times stay texts. Aliases are limited by the parser, so no small file becomes a large value.
		value = parse(text, { intAsBigInt: true, prettyErrors: true });
	} catch (cause) {
		throw failed(`${file} is neither JSON nor YAML: ${cause instanceof Error ? cause.message.split('\n')[0] : 'it cannot be read'}`, cause);
	}
	if (value === null || value === undefined) return {};
	if (typeof value !== 'object' || Array.isArray(value)) throw failed(`${file} has to hold parameters as NAME: VALUE.`);
	return plainNumbers(value) as ParameterValues;
}

/** Integers as numbers where a number holds them, else as their digits. */
function plainNumbers(value: unknown): unknown {
	if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
	if (Array.isArray(value)) return value.map(plainNumbers);
	if (typeof value === 'object' && value !== null) {
		return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainNumbers(inner)]));
	}
	return value;
}

function codeOf(cause: unknown): string {
	return (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
}

function failed(message: string, cause?: unknown): NightlogError {
	return new NightlogError('command/parameters-file', message, { status: 400, cause });
}
