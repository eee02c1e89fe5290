import path from 'node:path';
import { jsonPointer } from '@nightlog/shared/base/json-pointer';
import type { Finding } from '@nightlog/shared/jobs/finding';
import { isMissing } from '../durable/file-errors.ts';
import { checkValue, isMapping } from './check-value.ts';
import { Configuration, defaultConfiguration, type Scope } from './configuration-schema.ts';
import { readConfigurationText } from './read-configuration-text.ts';

/** A place where configuration may stand. */
export interface ConfigurationFile {
	readonly path: string;
	readonly scope: Scope;
	/** Named by somebody, so that it must be there. */
	readonly required: boolean;
}

/** The configuration in force. */
export interface LoadedConfiguration {
	readonly configuration: Configuration;
	/** JSON pointer of each value, to the file that it comes from; `default` where none says it. */
	readonly origins: Readonly<Record<string, string>>;
	/** What is wrong, each with file, line and key. What is wrong is not in force. */
	readonly findings: readonly Finding[];
}

/** Where configuration is looked for, the strongest last. */
export function configurationFiles(
	surroundings: { readonly env: Readonly<Record<string, string | undefined>>; readonly home: string },
	project: string | null,
): ConfigurationFile[] {
	const { env, home } = surroundings;
	const named = env.NIGHTLOG_CONFIG;
	const base = env.XDG_CONFIG_HOME;
	const personal = path.join(base !== undefined && path.isAbsolute(base) ? base : path.join(home, '.config'), 'nightlog', 'config.yaml');
	return [
		...(named !== undefined && named !== ''
			? // In place of the first two it has the rights of both.
				[{ path: path.resolve(named), scope: 'site', required: true } as const]
			: [
					{ path: '/etc/nightlog/config.yaml', scope: 'site', required: false } as const,
					{ path: personal, scope: 'person', required: false } as const,
				]),
		...(project === null ? [] : [{ path: path.join(project, '.nightlog.yaml'), scope: 'project', required: false } as const]),
	];
}

/** Reads these files and puts them together. Never throws for what stands in them: that is a finding. */
export async function loadConfiguration(
	files: readonly ConfigurationFile[],
	read: (file: ConfigurationFile) => Promise<string> = readConfigurationText,
): Promise<LoadedConfiguration> {
	const findings: Finding[] = [];
	const origins: Record<string, string> = {};
	const locked = new Map<string, string>();
	const merged: Record<string, unknown> = {};
	const said = new Set<string>();
	for (const file of files) {
		const parsed = await readConfigurationFile(file, read);
		findings.push(...parsed.findings);
		if (parsed.value === null) continue;
		for (const key of Object.keys(parsed.value)) said.add(key);
		const problems = checkValue(Configuration, parsed.value, { scope: file.scope, locked }, false);
		for (const problem of problems)
			findings.push(finding(problem.code, `${place(file.path, parsed.lineOf(problem.at))}: ${problem.message}`, problem.at));
		const wrong = new Set(problems.map((problem) => jsonPointer(problem.at)));
		mergeInto(merged, parsed.value, [], { file: file.path, origins, wrong });
		if (file.scope === 'site' && Array.isArray(parsed.value.locked))
			for (const pointer of parsed.value.locked) locked.set(String(pointer), file.path);
	}
	addDefaults(merged, said, origins);
	for (const problem of dropIncomplete(merged, origins)) {
		// What is missing because it was wrong was said already.
		if (!findings.some(({ path: said }) => said !== null && (said === problem.path || said.startsWith(`${problem.path}/`)))) findings.push(problem);
	}
	return { configuration: merged as Configuration, origins, findings };
}

interface ParsedFile {
	readonly value: Readonly<Record<string, unknown>> | null;
	readonly findings: readonly Finding[];
	readonly lineOf: (at: readonly string[]) => number | null;
}

async function readConfigurationFile(file: ConfigurationFile, read: (file: ConfigurationFile) => Promise<string>): Promise<ParsedFile> {
	const nothing = (findings: readonly Finding[]): ParsedFile => ({ value: null, findings, lineOf: () => null });
	let text: string;
	try {
		text = await read(file);
	} catch (error) {
		if (isMissing(error) && !file.required) return nothing([]);
		const why = isMissing(error) ? 'it is not there' : error instanceof Error ? error.message : String(error);
		return nothing([finding('config/unreadable', `${file.path} cannot be read: ${why}.`, [])]);
	}
	const { isCollection, isScalar, LineCounter, parseDocument } = await import('yaml');
	const lines = new LineCounter();
	const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
	if (document.errors.length > 0) {
		return nothing(
			document.errors.map((error) => finding('config/not-yaml', `${place(file.path, lines.linePos(error.pos[0]).line)}: ${error.message}`, [])),
		);
	}
	let value: unknown;
	try {
		value = document.toJS({ maxAliasCount: 50 });
	} catch (error) {
		return nothing([finding('config/not-yaml', `${file.path}: ${error instanceof Error ? error.message : String(error)}`, [])]);
	}
	if (value === null || value === undefined) return nothing([]);
	if (!isMapping(value)) return nothing([finding('config/invalid', `${place(file.path, 1)}: the file must be a mapping of keys to values.`, [])]);
	return {
		value,
		findings: [],
		lineOf(at) {
			// The line of the key, or of the nearest thing above it that has one.
			let node: unknown = document.contents;
			let offset: number | null = null;
			for (const segment of at) {
				if (!isCollection(node)) break;
				const item = node.items.find((each, index) => {
					const { key } = each as { key?: unknown };
					return key === undefined ? String(index) === segment : String(isScalar(key) ? key.value : key) === segment;
				});
				if (item === undefined) break;
				const { key, value: inner } = item as { key?: { range?: readonly number[] }; value?: unknown };
				offset = (key ?? (item as { range?: readonly number[] })).range?.[0] ?? offset;
				node = key === undefined ? item : inner;
			}
			return offset === null ? null : lines.linePos(offset).line;
		},
	};
}

function mergeInto(
	target: Record<string, unknown>,
	source: Readonly<Record<string, unknown>>,
	at: readonly string[],
	context: { readonly file: string; readonly origins: Record<string, string>; readonly wrong: ReadonlySet<string> },
): void {
	for (const [key, value] of Object.entries(source)) {
		const here = [...at, key];
		const pointer = jsonPointer(here);
		if (context.wrong.has(pointer) || [...context.wrong].some((wrong) => Array.isArray(value) && wrong.startsWith(`${pointer}/`))) continue;
		if (isMapping(value)) {
			const inner = Object.hasOwn(target, key) && isMapping(target[key]) ? { ...(target[key] as Record<string, unknown>) } : {};
			mergeInto(inner, value, here, context);
			// Where all that it says is wrong, it says nothing.
			if (Object.keys(inner).length > 0 || Object.keys(value).length === 0) target[key] = inner;
		} else {
			target[key] = value;
			context.origins[pointer] = context.file;
		}
	}
}

/** Backends are either said or taken from the default: nobody who names a cluster wants jobs to run here because of a typing error. */
function addDefaults(merged: Record<string, unknown>, said: ReadonlySet<string>, origins: Record<string, string>): void {
	const context = { file: 'default', origins, wrong: new Set<string>() };
	if (said.has('backends')) merged.backends ??= {};
	else mergeInto(merged, { backends: defaultConfiguration.backends }, [], context);
	const { jobs } = merged as Configuration;
	if (jobs?.retentionDays === undefined) mergeInto(merged, { jobs: defaultConfiguration.jobs }, [], context);
}

/** A backend that is not whole when all files are put together is said and left out, so that the others work. */
function dropIncomplete(merged: Record<string, unknown>, origins: Record<string, string>): Finding[] {
	const findings: Finding[] = [];
	const anyone = { scope: 'site', locked: new Map<string, string>() } as const;
	for (const section of ['backends', 'mlflow', 'metrics'] as const) {
		const schema = Configuration.properties[section];
		const value = merged[section];
		if (!isMapping(value)) continue;
		for (const problem of checkValue(schema, value, anyone, true, [section])) {
			const at = section === 'metrics' ? [section] : problem.at.slice(0, 2);
			const pointer = jsonPointer(at);
			const from = Object.entries(origins).find(([name]) => name.startsWith(pointer))?.[1];
			findings.push(finding(problem.code, `${from ?? section}: ${problem.message}`, problem.at));
			if (section === 'metrics') delete merged[section];
			else merged[section] = Object.fromEntries(Object.entries(merged[section] as object).filter(([name]) => name !== at[1]));
			for (const name of Object.keys(origins)) if (name === pointer || name.startsWith(`${pointer}/`)) delete origins[name];
		}
	}
	return findings;
}

function place(file: string, line: number | null): string {
	return line === null ? file : `${file}, line ${line}`;
}

function finding(code: string, message: string, at: readonly string[]): Finding {
	return { code, severity: 'error', message, cell: null, path: jsonPointer(at) };
}
