// The notebooks that nbclient tests itself with: on them the runner has to give what nbclient gives. They are in its source package only.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from './cached-folder.mjs';
import { cacheFolder, checkout } from './checkout.mjs';
import { Problem } from './problem.mjs';
import { ensureUv, keyOf } from './python-environment.mjs';
import { runCommand } from './run-command.mjs';

const requirements = 'requirements-nbclient-notebooks.txt';
const inside = ['tests', 'files'];

/**
 * Fetches nbclient's source package; all checkouts share it.
 *
 * @returns {Promise<string>} absolute path of the folder of notebooks
 */
export async function ensureNbclientNotebooks(options = {}) {
	const folder = path.join(cacheFolder(), `nbclient-notebooks-${keyOf(requirements)}`);
	const python = path.join(path.dirname(await ensureUv(options)), 'python');
	await makeFolder(folder, async (draft) => {
		mkdirSync(draft, { recursive: true });
		const list = ['--require-hashes', '-r', path.join(checkout, 'test', 'setup', requirements)];
		await runCommand(python, ['-m', 'pip', 'download', '--quiet', '--no-deps', '--no-binary', 'nbclient', ...list, '--dest', draft], options);
		const [archive] = readdirSync(draft).filter((name) => name.endsWith('.tar.gz'));
		if (archive === undefined) throw new Problem('The source package of nbclient is not among what pip downloaded.');
		await runCommand(python, ['-m', 'tarfile', '-e', path.join(draft, archive), draft], options);
		rmSync(path.join(draft, archive));
	});
	const [source] = readdirSync(folder).filter((name) => name.startsWith('nbclient-'));
	if (source === undefined) throw new Problem(`${folder} holds no source of nbclient: remove it, and run this again.`);
	return path.join(folder, source, ...inside);
}
