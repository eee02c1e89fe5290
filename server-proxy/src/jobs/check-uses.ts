import { access } from 'node:fs/promises';
import path from 'node:path';
import type { Finding } from '@nightlog/shared/jobs/finding';
import { isBelow } from './job-folder.ts';
import type { CodeCell } from './notebook-facts.ts';

const mostFindings = 20;

/** Where a notebook is, and what lies around it. */
interface Surroundings {
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

/** Relative files that are opened by name: those that are nowhere are told of; those outside the project are named, so that they are linked. */
export async function checkFiles(cells: readonly CodeCell[], around: Surroundings): Promise<{ findings: Finding[]; outside: string[] }> {
	const findings: Finding[] = [];
	const outside = new Set<string>();
	const written = new Set<string>();
	const seen = new Set<string>();
	// A folder change is not followed: nothing can be said of paths then.
	const moves = cells.some(({ uses }) => uses?.changesImports === true && uses.opens.length > 0);
	for (const cell of cells) {
		for (const use of cell.uses?.opens ?? []) {
			const file = path.resolve(around.folder, use.path);
			if (!isBelow(around.project, file)) outside.add(use.path);
			if (use.writes) written.add(file);
			if (use.writes || seen.has(file) || [...written].some((made) => isBelow(made, file))) continue;
			seen.add(file);
			if (around.files.has(file) || moves || (await isThere(file)) || findings.length >= mostFindings) continue;
			const message = `Cell ${cell.index + 1} opens “${use.path}”, which is not there, neither in the version nor beside the notebook; put it there unless the job makes it itself.`;
			findings.push({ code: 'job/file-missing', severity: 'warning', message, cell: cell.id, path: '/cells' });
		}
	}
	return { findings, outside: [...outside] };
}

async function isThere(file: string): Promise<boolean> {
	try {
		await access(file);
		return true;
	} catch {
		return false;
	}
}
