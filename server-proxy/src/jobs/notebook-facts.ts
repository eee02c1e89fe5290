import type { Finding } from '@nightlog/shared/base/finding';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { type PythonUses, pythonUses } from '@nightlog/shared/jobs/python-uses';
import type { Notebook } from '@nightlog/shared/notebook/notebook';
import type { NotebookValidator } from '@nightlog/shared/notebook/notebook-validator';
import { readNotebook } from '@nightlog/shared/notebook/parse-notebook';
import { type FoundParameters, findParameters } from '@nightlog/shared/parameters/find-parameters';
import { notebookLanguage } from '@nightlog/shared/parameters/notebook-language';
import type { NotebookCode } from '../services.ts';

/** A code cell of a version, and what it needs. */
export interface CodeCell {
	readonly id: string;
	/** Counted from 0 over all cells. */
	readonly index: number;
	/** Null where it is not Python, or empty. */
	readonly uses: PythonUses | null;
	/** Whether it may raise an error and the job goes on. */
	readonly mayFail: boolean;
}

/** What a check needs to know of a version: it never changes, so it is found out once. */
export interface NotebookFacts {
	readonly detail: NotebookCode['detail'];
	/** Without outputs: only what parameters are put into. */
	readonly notebook: Pick<Notebook, 'cells' | 'kernelName' | 'language'>;
	readonly found: FoundParameters;
	/** Ids of all cells. */
	readonly cellIds: ReadonlySet<string>;
	readonly codeCells: readonly CodeCell[];
	/** The kernelspec that it asks for; `python3` where it names none and is Python, or says nothing at all. */
	readonly kernelName: string;
	readonly isPython: boolean;
	/** What is wrong with it by the letter, though it can be run: ids of cells that occur twice, or are missing; and what it may lack. */
	readonly findings: readonly Finding[];
}

/** Said of a sparse checkout of a partial clone. */
const filesNotHere: Finding = {
	code: 'job/files-not-here',
	severity: 'warning',
	message:
		'This folder is a sparse checkout of a partial clone: files of the branch that are not checked out are not on this machine, and the job runs without them. Where the notebook needs one, check it out before you submit (git sparse-checkout add).',
	cell: null,
	path: '/version',
};

/** Finds what a check needs of a version, or of what would be one. @throws NightlogError `job/notebook-unreadable` */
export async function readFacts(code: Promise<NotebookCode>, validate: NotebookValidator): Promise<NotebookFacts> {
	const { detail, notebook, mayLackFiles } = await code;
	const { value, problems } = readNotebook(notebook);
	// A version that was made to be run was held against the schema when it was kept; one that was saved is what it is.
	const errors = value === null ? problems : detail.reason === 'submit' ? [] : validate(value).filter(({ severity }) => severity === 'error');
	if (value === null || errors.length > 0) {
		const first = errors.find(({ severity }) => severity === 'error') ?? errors[0];
		const message = `The notebook of this version cannot be run: ${first?.message ?? 'it is no notebook.'}`;
		throw new NightlogError('job/notebook-unreadable', message, { status: 422 });
	}
	const isPython = notebookLanguage(value) === 'python';
	const codeCells = value.cells
		.filter(({ type }) => type === 'code')
		.map(({ id, index, source, tags }) => ({
			id,
			index,
			uses: isPython && source.trim() !== '' ? pythonUses(source) : null,
			mayFail: tags.includes('raises-exception'),
		}));
	return {
		detail,
		notebook: value,
		found: findParameters(value),
		cellIds: new Set(value.cells.map(({ id }) => id)),
		codeCells,
		kernelName: value.kernelName ?? 'python3',
		isPython: isPython || (value.kernelName === null && value.language === null),
		findings: [
			...problems.map(({ code, severity, message, path }) => ({ code, severity, message, cell: cellAt(value, path), path: '/version' })),
			...(mayLackFiles ? [filesNotHere] : []),
		],
	};
}

/** Id of the cell that a JSON pointer into the notebook leads to. */
function cellAt({ cells }: Notebook, pointer: string): string | null {
	const [, index] = /^\/cells\/(\d+)(?:\/|$)/.exec(pointer) ?? [];
	return cells[Number(index)]?.id ?? null;
}
