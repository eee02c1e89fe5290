import { realpath } from 'node:fs/promises';
import { devNull } from 'node:os';
import path from 'node:path';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { readNamedFile } from '../files/read-named-file.ts';
import type { ConfigurationFile } from './load-configuration.ts';

const mostBytes = 1_000_000;
/** A project is somebody else's text and may set a few names: reading more of it as YAML can take minutes. */
const mostProjectBytes = 16_000;

/**
 * The text of a configuration file. A project's own is not read through a link that leads out of the project.
 *
 * @throws NightlogError `config/unreadable` or `config/not-utf8`, whose message is the end of a sentence; the system's error where it is not there or closed
 */
export async function readConfigurationText({ path: file, scope }: Pick<ConfigurationFile, 'path' | 'scope'>): Promise<string> {
	const isProject = scope === 'project';
	// How a person says that there is none.
	if (!isProject && file === devNull) return '';
	const bytes = await readNamedFile(file, {
		mostBytes: isProject ? mostProjectBytes : mostBytes,
		within: isProject ? await realpath(path.dirname(file)) : null,
	});
	if (typeof bytes === 'string') throw new NightlogError('config/unreadable', bytes);
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch (cause) {
		throw new NightlogError('config/not-utf8', 'it is not UTF-8', { cause });
	}
}
