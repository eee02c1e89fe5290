import path from 'node:path';
import type { Finding } from '@nightlog/shared/base/finding';
import { jsonPointer } from '@nightlog/shared/base/json-pointer';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { ParameterValues } from '@nightlog/shared/base/parameter-values';
import type { JobRequest } from '@nightlog/shared/jobs/job-schema';
import { checkParameters } from '@nightlog/shared/parameters/check-parameters';
import type { FoundParameters } from '@nightlog/shared/parameters/find-parameters';
import { parseParameterAssignment, parseParameterValue } from '@nightlog/shared/parameters/parse-parameter-value';
import type { Command } from 'commander';
import { carriedValue } from './carried-value.ts';
import type { CommandContext, ServerConnection } from './command-context.ts';
import { activePython } from './find-python.ts';
import { invalidOption, parseResources, type ResourceOptions } from './parse-resources.ts';
import { readParametersFile } from './read-parameters-file.ts';

/** Options of every command that begins a job. */
export interface JobOptions extends ResourceOptions {
	readonly parameter?: readonly string[];
	readonly parameters?: string;
	readonly backend?: string;
	readonly name?: string;
}

/** Adds the options that say where and with what a job runs. */
export function addJobOptions(command: Command): Command {
	return command
		.option('-p, --parameter <NAME=VALUE>', 'a parameter and its value; may be given again', (value: string, before: readonly string[] = []) => [
			...before,
			value,
		])
		.option('--parameters <FILE>', 'parameters from a file of JSON or YAML; -p goes before it')
		.option('--backend <NAME>', 'where to run; by default the first one of the configuration')
		.option('--cpus <N>', 'processors, like 2')
		.option('--memory <SIZE>', 'memory, like 2G')
		.option('--gpus <N>', 'graphics processors')
		.option('--time <TIME>', 'longest time to run, like 1h or 30m')
		.option('--name <TEXT>', "the job's name");
}

/** The values that were given and fit, undefined where none was given; and an error for each that does not fit. */
export interface CheckedValues {
	readonly values: ParameterValues | undefined;
	readonly findings: readonly Finding[];
}

/**
 * Values from `--parameters` and `-p`, each text read as its parameter's type says, and all checked against the notebook.
 *
 * @throws NightlogError `command/invalid-option` (400), `command/parameters-file`
 */
export async function checkParameterValues(
	context: CommandContext,
	options: JobOptions,
	parametersOf: () => Promise<FoundParameters>,
): Promise<CheckedValues> {
	if (options.parameters === undefined && options.parameter === undefined) return { values: undefined, findings: [] };
	const values = new Map<string, unknown>();
	const fromFile = options.parameters === undefined ? {} : await readParametersFile(path.resolve(context.currentFolder, options.parameters));
	for (const [name, value] of Object.entries(fromFile)) values.set(name, value);
	const found = await parametersOf();
	const findings: Finding[] = [];
	for (const assignment of options.parameter ?? []) {
		const { name, text } = split(assignment);
		const parameter = found.parameters.find((each) => each.name === name);
		const parsed = parseParameterValue(text, parameter, found.nullable.has(name));
		if ('value' in parsed) values.set(name, parsed.value);
		else {
			findings.push({ code: 'parameter/wrong-type', severity: 'error', message: parsed.message, cell: parameter?.cell ?? null, path: placeOf(name) });
		}
	}
	findings.push(...checkParameters(Object.fromEntries(values), found));
	const unfit = new Set(findings.map(({ path: place }) => place));
	for (const [name, value] of values) {
		const parameter = found.parameters.find((each) => each.name === name);
		const carried = carriedValue(value, parameter?.type);
		if (carried !== undefined) values.set(name, carried);
		else if (!unfit.has(placeOf(name))) findings.push(notCarried(name, parameter?.cell ?? found.cell));
	}
	for (const { path: place } of findings) unfit.add(place);
	return { values: Object.fromEntries([...values].filter(([name]) => !unfit.has(placeOf(name)))), findings };
}

/**
 * As `checkParameterValues`, for who goes on only where all of them fit.
 *
 * @throws NightlogError also `job/check-failed` (422) with a finding for each value that does not fit
 */
export async function readParameterValues(...asked: Parameters<typeof checkParameterValues>): Promise<ParameterValues | undefined> {
	const { values, findings } = await checkParameterValues(...asked);
	assertFit(findings);
	return values;
}

/** @throws NightlogError `job/check-failed` (422) with all of them, where there is one */
export function assertFit(findings: readonly Finding[]): void {
	if (findings.length > 0) throw checkFailed(findings);
}

const placeOf = (name: string) => jsonPointer(['parameters', name]);

function notCarried(name: string, cell: Finding['cell']): Finding {
	const message = `"${name}" cannot be infinite or NaN, or hold such a number: only a parameter that is a number can, like ${name}: float = 1.0.`;
	return { code: 'parameter/wrong-type', severity: 'error', message, cell, path: placeOf(name) };
}

/** The error that the server answers with, too, where a check finds errors. */
function checkFailed(findings: readonly Finding[]): NightlogError {
	const errors = findings.map(({ path: place, message }) => ({ path: place ?? '', message }));
	const title = findings.length === 1 ? findings[0]!.message : `${findings.length} values do not fit their parameters.`;
	return new NightlogError('job/check-failed', title, { status: 422, errors, data: { findings } });
}

function split(assignment: string): { readonly name: string; readonly text: string } {
	const parsed = parseParameterAssignment(assignment);
	if (parsed === null) throw invalidOption('-p', assignment, 'NAME=VALUE');
	return parsed;
}

/** What a job is to run on, from the options and the shell. */
export function placeChoices(context: CommandContext, options: JobOptions): Pick<JobRequest, 'backend' | 'resources' | 'name' | 'python'> {
	const resources = parseResources(options);
	const python = activePython(context.environment);
	return {
		...(options.backend === undefined ? {} : { backend: options.backend }),
		...(Object.keys(resources).length === 0 ? {} : { resources }),
		...(options.name === undefined ? {} : { name: options.name }),
		...(python === null ? {} : { python }),
	};
}

/**
 * Looks whether a backend has that name, before anything is kept.
 *
 * @throws NightlogError `job/unknown-backend` (422)
 */
export async function assertBackend(connection: ServerConnection, name: string | undefined, signal: AbortSignal): Promise<void> {
	if (name === undefined) return;
	const { backends } = await connection.client.call('listBackends', { signal });
	if (backends.some((backend) => backend.name === name)) return;
	const names = backends.map((backend) => backend.name).join(', ');
	throw new NightlogError('job/unknown-backend', `There is no backend "${name}"; the configuration has ${names === '' ? 'none' : names}.`, {
		status: 422,
		errors: [{ path: '/backend', message: `Choose one of: ${names}` }],
	});
}
