import { homedir } from 'node:os';
import path from 'node:path';
import type { Finding } from '@nightlog/shared/base/finding';
import { configurationFiles } from '../../configuration/load-configuration.ts';
import type { CommandContext } from '../command-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatFindings } from '../format-findings.ts';
import { visibleText } from '../visible-text.ts';

export interface ConfigOptions {
	readonly origin?: boolean;
	readonly json?: boolean;
}

async function ask(context: CommandContext) {
	const { client } = await context.connect();
	const answer = await client.call('showConfiguration', { query: { project: context.currentFolder }, signal: context.signal });
	return { ...answer, findings: [...otherFiles(context, answer.files ?? []), ...answer.findings] };
}

/** The server began with a setting of its own: what this shell's setting names is not in force, and not looked at. */
function otherFiles({ environment, currentFolder }: CommandContext, files: readonly { readonly path: string; readonly scope: string }[]): Finding[] {
	const named = environment.NIGHTLOG_CONFIG;
	const env = { ...environment, ...(named === undefined || named === '' ? {} : { NIGHTLOG_CONFIG: path.resolve(currentFolder, named) }) };
	const own = configurationFiles({ env, home: environment.HOME ?? homedir() }, null).map((file) => file.path);
	const its = files.filter(({ scope }) => scope !== 'project').map((file) => file.path);
	if (its.length === 0 || own.join('\0') === its.join('\0')) return [];
	const message = `The running server reads ${its.join(' and ')}; here NIGHTLOG_CONFIG and XDG_CONFIG_HOME say ${own.join(' and ')}. To have that in force, run: nightlog serve --detach --replace`;
	return [{ code: 'config/other-file', severity: 'error', message, cell: null, path: '' }];
}

/** `config check`: what is wrong with the configuration that is in force in this folder. */
export async function checkConfig(context: CommandContext, options: ConfigOptions): Promise<number> {
	const { findings } = await ask(context);
	if (options.json === true) context.terminal.write(`${JSON.stringify(findings)}\n`);
	else context.terminal.write(findings.length === 0 ? 'The configuration is in order.\n' : formatFindings(findings));
	return findings.some(({ severity }) => severity === 'error') ? exitCodes.badInput : exitCodes.done;
}

/** `config show [--origin]`: the configuration in force, without secrets; with the file that each value comes from. */
export async function showConfig(context: CommandContext, options: ConfigOptions): Promise<number> {
	const { config, origins, findings } = await ask(context);
	if (options.json === true) {
		context.terminal.write(`${JSON.stringify(options.origin === true ? { config, origins } : config)}\n`);
	} else {
		for (const { pointer, value } of leavesOf(config)) {
			const origin = options.origin === true ? `  # ${visibleText(originOf(origins, pointer) ?? 'built in')}` : '';
			context.terminal.write(`${visibleText(keyOf(pointer))}: ${visibleText(JSON.stringify(value))}${origin}\n`);
		}
		context.terminal.writeError(formatFindings(findings));
	}
	return exitCodes.done;
}

/** Every value that is no object with members, with its JSON pointer, in the document's order. */
export function leavesOf(value: unknown, pointer = ''): { readonly pointer: string; readonly value: unknown }[] {
	const isFolder = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
	if (!isFolder) return [{ pointer, value }];
	return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`));
}

/** The file that a value comes from: its own, or that of the nearest value around it. */
export function originOf(origins: Readonly<Record<string, string>>, pointer: string): string | null {
	for (let place = pointer; ; place = place.slice(0, place.lastIndexOf('/'))) {
		const origin = Object.hasOwn(origins, place) ? origins[place] : undefined;
		if (origin !== undefined) return origin;
		if (place === '') return null;
	}
}

function keyOf(pointer: string): string {
	const names = pointer.split('/').slice(1);
	return names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~')).join('.');
}
