import { access } from 'node:fs/promises';
import path from 'node:path';
import { jsonPointer } from '@nightlog/shared/base/json-pointer';
import type { Finding } from '@nightlog/shared/jobs/finding';
import { looksLikeRelativePath, upwardPath } from '@nightlog/shared/jobs/relative-path';
import { isBelow } from './job-folder.ts';
import type { CodeCell } from './notebook-facts.ts';

const mostFindings = 20;
/** So many texts that lead out of the project are looked at, and so many values of parameters. */
const mostOutside = 100;
const mostValues = 1000;

/** Where a notebook is, and what lies around it. */
export interface Surroundings {
	readonly project: string;
	/** Absolute path of the notebook's folder. */
	readonly folder: string;
	/** Absolute paths of the version's files as at home. */
	readonly files: ReadonlySet<string>;
}

/** Imports that can be seen to be missing. An error only where it is certain that the job would fail by it. */
export async function checkImports(
	cells: readonly CodeCell[],
	around: Surroundings,
	python: string,
	missing: (names: readonly string[]) => Promise<readonly string[]>,
): Promise<Finding[]> {
	const wanted = new Map<string, { cell: CodeCell; line: number; certain: boolean }>();
	const made = new Set<string>();
	let changed = false;
	for (const cell of cells) {
		if (cell.uses === null) continue;
		for (const { path: name, writes } of cell.uses.opens) if (writes) made.add(path.resolve(around.folder, name));
		changed ||= cell.uses.changesImports;
		for (const { name, line, certain } of cell.uses.imports) {
			const before = wanted.get(name);
			const sure = certain && !changed && !cell.mayFail;
			if (before === undefined || (!before.certain && sure)) wanted.set(name, { cell, line, certain: sure });
		}
	}
	const foreign: string[] = [];
	for (const name of wanted.keys()) {
		// One that a cell writes itself is there by then.
		const isMade = [...made].some((file) => file === path.join(around.folder, `${name}.py`) || isBelow(path.join(around.folder, name), file));
		if (!isMade && !(await isLocalModule(name, around))) foreign.push(name);
	}
	const gone = foreign.length === 0 ? [] : await missing(foreign);
	return gone.slice(0, mostFindings).flatMap((name): Finding[] => {
		const use = wanted.get(name);
		if (use === undefined) return [];
		// In a `try`, an `if` or a function nobody knows whether it is needed.
		if (!use.certain && !changed) return [];
		const message = `Cell ${use.cell.index + 1} imports “${name}”, which ${python} does not have: install it there, or choose another Python.`;
		return [{ code: 'job/import-missing', severity: use.certain ? 'error' : 'warning', message, cell: use.cell.id, path: '/cells' }];
	});
}

async function isLocalModule(name: string, { folder, files }: Surroundings): Promise<boolean> {
	const file = path.join(folder, `${name}.py`);
	const inside = path.join(folder, name) + path.sep;
	if (files.has(file) || [...files].some((other) => other.startsWith(inside))) return true;
	return (await isThere(file)) || isThere(path.join(folder, name));
}

/** The values that a job's cells see in its parameters. */
export interface SeenParameters {
	/** The defaults, and the request's values instead of theirs. */
	readonly values: ReadonlyMap<string, unknown>;
	/** Those that the request sets. */
	readonly given: ReadonlySet<string>;
	/** The cell that sets the defaults; null where there is none. */
	readonly cell: string | null;
}

/**
 * Relative files that are opened by name: those that are nowhere are told of. Those outside the project are named, so that they are linked, and so is
 * every other text of the code or the parameters that leads to something there: what becomes of it nobody knows, and at home it can be opened.
 */
export async function checkFiles(
	cells: readonly CodeCell[],
	parameters: SeenParameters,
	around: Surroundings,
): Promise<{ findings: Finding[]; outside: string[] }> {
	const findings: Finding[] = [];
	const outside = new Set<string>();
	const written = new Set<string>();
	const seen = new Set<string>();
	// A folder change is not followed: nothing can be said of paths then.
	const moves = cells.some(({ uses }) => uses?.changesImports === true && uses.opens.length + uses.opensNamed.length > 0);
	const bound = new Set(cells.flatMap(({ id, uses }) => (id === parameters.cell ? [] : [...(uses?.binds ?? [])])));
	for (const cell of cells) {
		for (const use of openedBy(cell, parameters, bound)) {
			const file = path.resolve(around.folder, use.path);
			if (!isBelow(around.project, file)) outside.add(use.path);
			if (use.writes) written.add(file);
			if (use.writes || seen.has(file) || [...written].some((made) => isBelow(made, file))) continue;
			seen.add(file);
			if (around.files.has(file) || moves || (await isThere(file)) || findings.length >= mostFindings) continue;
			const { parameter } = use;
			const shown = parameter === null ? `“${use.path}”` : `“${use.path}”, the value of “${parameter}”`;
			const message = `Cell ${cell.index + 1} opens ${shown}, which is not there, neither in the version nor beside the notebook; put it there unless the job makes it itself.`;
			const where = parameter !== null && parameters.given.has(parameter) ? jsonPointer(['parameters', parameter]) : '/cells';
			findings.push({ code: 'job/file-missing', severity: 'warning', message, cell: cell.id, path: where });
		}
	}
	for (const name of await reachedOutside(cells, parameters, around)) outside.add(name);
	return { findings, outside: [...outside] };
}

interface OpenedFile {
	readonly path: string;
	readonly line: number;
	readonly writes: boolean;
	/** The parameter that has the path as its value; null where it stands in the code. */
	readonly parameter: string | null;
}

/** What a cell opens, also by a parameter that no cell can have changed before. */
function openedBy({ uses }: CodeCell, { values }: SeenParameters, bound: ReadonlySet<string>): OpenedFile[] {
	if (uses === null) return [];
	const named = uses.opensNamed.flatMap(({ name, line, writes }) => {
		const value = bound.has(name) ? null : values.get(name);
		return typeof value === 'string' && looksLikeRelativePath(value) ? [{ path: value, line, writes, parameter: name }] : [];
	});
	return [...uses.opens.map((use) => ({ ...use, parameter: null })), ...named].sort((one, other) => one.line - other.line);
}

/** The texts that lead to something outside the project, or to a place in a folder there. */
async function reachedOutside(cells: readonly CodeCell[], { values }: SeenParameters, { project, folder }: Surroundings): Promise<string[]> {
	const inValues = textsIn([...values.values()]).flatMap((text) => upwardPath(text) ?? []);
	const names = [...new Set([...cells.flatMap(({ uses }) => uses?.upwards ?? []), ...inValues])];
	const leading = names.filter((name) => !isBelow(project, path.resolve(folder, name))).slice(0, mostOutside);
	const isReached = async (name: string) => {
		const file = path.resolve(folder, name);
		const above = path.dirname(file);
		// What the job makes there itself needs the folder.
		return (await isThere(file)) || (!isBelow(above, folder) && (await isThere(above)));
	};
	const reached = await Promise.all(leading.map(isReached));
	return leading.filter((_, index) => reached[index]);
}

/** The texts among values, also those in lists and dictionaries; a part of them where there are very many. */
function textsIn(values: readonly unknown[]): string[] {
	const texts: string[] = [];
	const left = [...values];
	for (let looks = 0; left.length > 0 && looks < mostValues; looks++) {
		const value = left.shift();
		if (typeof value === 'string') texts.push(value);
		else if (typeof value === 'object' && value !== null) left.push(...Object.values(value).slice(0, mostValues));
	}
	return texts;
}

async function isThere(file: string): Promise<boolean> {
	try {
		await access(file);
		return true;
	} catch {
		return false;
	}
}
