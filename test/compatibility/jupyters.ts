import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { LabOptions } from '../jupyterlab/start-lab.ts';

function made(variable: string, ...below: string[]): string {
	const cache = process.env.NIGHTLOG_CACHE ?? path.join(homedir(), '.cache', 'nightlog');
	const place = process.env[variable] ?? path.join(cache, ...below);
	if (!existsSync(place)) throw new Error(`${place} is not there: run npm test -- compatibility, or set ${variable}`);
	return place;
}

/** The Python with the oldest JupyterLab that is supported, in which the wheel is installed. */
export function oldestPython(): string {
	return made('NIGHTLOG_TEST_OLDEST_PYTHON', 'oldest', 'bin', 'python');
}

/** What lays a folder of packages over the environment in which Jupyter runs. */
function overlay(folder: string): Pick<LabOptions, 'environment'> {
	return {
		environment: {
			PYTHONPATH: folder,
			JUPYTER_PATH: path.join(folder, 'share', 'jupyter'),
			JUPYTER_CONFIG_PATH: path.join(folder, 'etc', 'jupyter'),
		},
	};
}

/** Real-time collaboration as it is today: documents are shared by a content provider, and keep their paths. */
export function withCollaboration(): Pick<LabOptions, 'environment' | 'autosave'> {
	return { autosave: true, ...overlay(made('NIGHTLOG_TEST_COLLABORATION', 'collaboration')) };
}

/** Real-time collaboration as it was: documents lie on a drive named RTC. For the oldest JupyterLab. */
export function withCollaborationDrive(): Pick<LabOptions, 'environment' | 'python' | 'autosave'> {
	return { autosave: true, python: oldestPython(), ...overlay(made('NIGHTLOG_TEST_COLLABORATION_DRIVE', 'collaboration-drive')) };
}

/** hybridcontents, jupyter-fs and the fixture `memory_contents`, to be named as the contents manager. */
export function withContentsManagers(): Pick<LabOptions, 'environment'> {
	const managers = made('NIGHTLOG_TEST_CONTENTS_MANAGERS', 'contents-managers');
	return { environment: { PYTHONPATH: [managers, path.join(import.meta.dirname, '__fixtures__')].join(path.delimiter) } };
}
