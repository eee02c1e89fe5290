import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Resources } from '@nightlog/shared/jobs/job-schema';
import { parseMemory, parseTime } from '@nightlog/shared/views/resource-text';

/** Resources as the options give them. */
export interface ResourceOptions {
	readonly cpus?: string;
	readonly memory?: string;
	readonly gpus?: string;
	readonly time?: string;
}

/**
 * Reads `--cpus`, `--memory`, `--gpus` and `--time`; what is not given is not in the answer.
 *
 * @throws NightlogError `command/invalid-option` (400) with what would be right
 */
export function parseResources(options: ResourceOptions): Partial<Resources> {
	return {
		...(options.cpus === undefined ? {} : { cpus: parseCpus(options.cpus) }),
		...(options.memory === undefined ? {} : { memoryBytes: parsed('--memory', options.memory, parseMemory, '2G or 512M') }),
		...(options.gpus === undefined ? {} : { gpus: parsed('--gpus', options.gpus, parseCount, '0, 1 or 2') }),
		...(options.time === undefined ? {} : { wallTimeSeconds: parsed('--time', options.time, parseTime, '30m, 1h or 01:30:00') }),
	};
}

function parsed(option: string, text: string, parse: (text: string) => number | null, example: string): number {
	const value = parse(text);
	if (value === null) throw invalidOption(option, text, example);
	return value;
}

function parseCpus(text: string): number {
	const cpus = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0;
	if (!(cpus > 0 && cpus <= 100_000)) throw invalidOption('--cpus', text, '1, 2 or 0.5');
	return cpus;
}

function parseCount(text: string): number | null {
	return /^\d{1,6}$/.test(text) ? Number(text) : null;
}

/** What is wrong with an option's value. */
export function invalidOption(option: string, text: string, example: string): NightlogError {
	return new NightlogError('command/invalid-option', `${option} takes a value like ${example}, not "${text}".`, { status: 400 });
}
