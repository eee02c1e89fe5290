import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkRepository } from '../../versions/repository.test-case.ts';
import { inspectRepository } from './inspect-repository.ts';
import { openRepository } from './open-repository.ts';
import { findGitProgram, runGit } from './run-git.ts';

const { signal } = new AbortController();
const git = await findGitProgram(signal);
if (git === null) throw new Error('these tests need git');

for (const format of ['sha1', 'sha256']) {
	checkRepository(`files, ${format}`, async () => {
		const folder = await mkdtemp(join(tmpdir(), 'nightlog-test-'));
		await runGit(git, ['init', '--quiet', `--object-format=${format}`, folder], { cwd: tmpdir(), signal });
		const layout = await inspectRepository(folder, signal);
		if (layout === null) throw new Error('no repository');
		return { repository: await openRepository(layout, { git }), dispose: async () => await rm(folder, { recursive: true }) };
	});
}
