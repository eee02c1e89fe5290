import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { fileCallsFor } from '@nightlog/shared/node/git/file-calls';
import { type ConfigurationFile, configurationFiles } from '../configuration/load-configuration.ts';
import { findProject } from '../versions/find-project.ts';

/**
 * The files that count in a folder: also that of the project in which it lies.
 *
 * @throws NightlogError `config/bad-folder` (400) for a path that is not absolute
 */
export async function configurationFilesAt(surroundings: Parameters<typeof configurationFiles>[0], folder: string): Promise<ConfigurationFile[]> {
	if (!path.isAbsolute(folder) || folder.includes('\0')) {
		throw new NightlogError('config/bad-folder', 'Name the folder by its absolute path.', { status: 400 });
	}
	// What is not there has no file of its own, but may lie in a project.
	const resolve = (name: string) => realpath(name).catch(() => path.normalize(name));
	const [resolved, home] = await Promise.all([resolve(folder), resolve(surroundings.home)]);
	return configurationFiles(surroundings, (await findProject(resolved, new Set([home]), fileCallsFor)).folder);
}
