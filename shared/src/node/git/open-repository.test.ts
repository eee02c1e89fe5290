import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkRepository } from '../../versions/repository.test-case.ts';
import type { RepositoryLayout } from '../../versions/repository.ts';
import { inspectRepository } from './inspect-repository.ts';
import { openRepository } from './open-repository.ts';
import { findGitProgram, runGit } from './run-git.ts';

const { signal } = new AbortController();
const git = await findGitProgram(signal);
if (git === null) throw new Error('these tests need git');

for (const [format, engine] of [
	['sha1', 'own'],
	['sha256', 'own'],
	['sha1', 'git'],
] as const) {
	checkRepository(`${engine === 'own' ? 'our own code' : "the person's git"}, ${format}`, async () => {
		const folder = await mkdtemp(join(tmpdir(), 'nightlog-test-'));
		await runGit(git, ['init', '--quiet', `--object-format=${format}`, folder], { cwd: tmpdir(), signal });
		const layout = await inspectRepository(folder, signal);
		if (layout === null) throw new Error('no repository');
		// As in a repository of a format that only the person's git knows, which no git here can make.
		const forced: RepositoryLayout = engine === 'own' ? layout : { ...layout, engine, features: ['unknown-extension'] };
		return { repository: await openRepository(forced, { git }), dispose: async () => await rm(folder, { recursive: true }) };
	});
}
