import { access } from 'node:fs/promises';
import path from 'node:path';
import type { Finding } from '@nightlog/shared/jobs/finding';
import type { CodeCell } from './notebook-facts.ts';

/** Modules that look for the repository around them. */
const modules = new Set(['git', 'pygit2', 'dulwich', 'setuptools_scm']);

const outside = 'and a job runs in a folder of its own, outside the repository: there is none to be found';
const instead =
	'What runs is a commit, too: the run record names it as the version, and its second parent is the commit of the branch. Give the notebook as a parameter what else it needs of Git.';

/**
 * Cells that ask the repository around the notebook, which a job does not have: the job's files are links and copies, of which Git would say that all has
 * changed, and what it writes would land in the person's history. Once for all cells; not where one makes a repository itself, or there is none at home.
 *
 * @param folder absolute path of the notebook's folder
 */
export async function checkRepository(cells: readonly CodeCell[], folder: string): Promise<Finding[]> {
	// Where it goes to another folder, or installs something, nothing can be said of what it finds there.
	if (cells.some(({ uses }) => uses?.git === 'makes' || uses?.changesImports)) return [];
	const asking = cells.find(({ uses }) => uses?.git === 'asks');
	const importing = cells.find(({ uses }) => uses?.imports.some(({ name }) => modules.has(name)));
	const cell = asking ?? importing;
	if (cell === undefined || !(await isInRepository(folder))) return [];
	const name = importing?.uses?.imports.find((each) => modules.has(each.name))?.name;
	const does = asking === undefined ? `imports “${name}”` : 'runs git';
	// A module may be there for a repository that is elsewhere.
	const severity = asking === undefined ? 'information' : 'warning';
	const message = `Cell ${cell.index + 1} ${does}, ${outside}. ${instead}`;
	return [{ code: 'job/outside-repository', severity, message, cell: cell.id, path: '/cells' }];
}

async function isInRepository(folder: string): Promise<boolean> {
	for (let at = folder; ; at = path.dirname(at)) {
		try {
			await access(path.join(at, '.git'));
			return true;
		} catch {
			if (at === path.dirname(at)) return false;
		}
	}
}
