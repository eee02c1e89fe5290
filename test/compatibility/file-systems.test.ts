// jupyter-fs: file systems as drives of their own, whose names are no folders. What its extension of JupyterLab shows is not tried: it loads fonts from elsewhere.
import assert from 'node:assert/strict';
import { mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { type Lab, startLab } from '../jupyterlab/start-lab.ts';
import { writeNotebookFile } from '../jupyterlab/write-notebook.ts';
import { withContentsManagers } from './jupyters.ts';

const cells = [{ id: 'say', source: 'print("the night")' }];
let lab: Lab;
let drives: ReadonlyMap<string, string>;

before(async () => {
	lab = await startLab({
		notebooks: [],
		...withContentsManagers(),
		configuration: (home) => {
			mkdirSync(path.join(home, 'group'));
			writeNotebookFile(path.join(home, 'group'), 'common.ipynb', cells);
			const resources = [
				{ name: 'group', url: `file://${path.join(home, 'group')}`, type: 'fsspec', auth: 'none' },
				{ name: 'memory', url: 'memory://', type: 'fsspec', auth: 'none' },
			];
			return `
c.ServerApp.contents_manager_class = "jupyterfs.metamanager.MetaManager"
c.ServerApp.jpserver_extensions.update({"jupyterfs.extension": True})
c.JupyterFs.resources = ${JSON.stringify(resources)}
`;
		},
	});
	// Beside it lies one of Jupyter's own with the same name, for which none of the drives may be taken.
	writeNotebookFile(lab.folder, 'common.ipynb', cells);
	const resources = (await ask('/jupyterfs/resources')) as { name: string; drive: string }[];
	drives = new Map(resources.map(({ name, drive }) => [name, drive]));
});
after(async () => {
	await lab?.stop();
});

async function ask(route: string): Promise<unknown> {
	const answer = await fetch(`${lab.address}${route}`, { headers: { authorization: `token ${lab.token}` } });
	assert.equal(answer.status, 200);
	return answer.json();
}

const placeOf = async (query: Record<string, string>) =>
	(await ask(`/nightlog-place?${new URLSearchParams(query)}`)) as { file: string | null; path: string | null; reason: string | null };
const fileIn = (...parts: string[]) => path.join(realpathSync(lab.home), ...parts);
const driveOf = (name: string): string => {
	const drive = drives.get(name);
	assert.ok(drive !== undefined && drive !== '', name);
	return drive;
};

test("a notebook in Jupyter's own folder is found beside the drives", async () => {
	assert.equal((await placeOf({ path: 'common.ipynb' })).file, fileIn('work', 'common.ipynb'));
});

test('a notebook on a drive that is a folder of this machine is found where it lies, and leads back to its drive', async () => {
	const drive = driveOf('group');
	assert.equal((await placeOf({ path: 'common.ipynb', drive })).file, fileIn('group', 'common.ipynb'));
	assert.equal((await placeOf({ file: fileIn('group', 'common.ipynb') })).path, `${drive}:common.ipynb`);
});

test('a notebook on a drive that is no folder of this machine, or that nobody knows, is declined with a sentence', async () => {
	for (const drive of [driveOf('memory'), 'cloud']) {
		const { file, reason } = await placeOf({ path: 'common.ipynb', drive });
		assert.equal(file, null);
		assert.match(reason ?? '', /is no file on the machine where Jupyter runs/);
	}
});
