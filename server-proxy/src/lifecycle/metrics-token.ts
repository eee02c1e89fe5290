import { stat } from 'node:fs/promises';
import type { Finding } from '@nightlog/shared/jobs/finding';
import type { LoadedConfiguration } from '../configuration/load-configuration.ts';
import { isMissing } from '../durable/file-errors.ts';
import { readNamedFile } from '../files/read-named-file.ts';

const mostTokenBytes = 4096;

/**
 * The token in a file that only its owner can read, or why there is none, as a sentence that says what to do.
 *
 * @param hasOwners whether the system knows who may read a file
 */
export async function readMetricsToken(file: string, hasOwners: boolean): Promise<{ readonly token: string } | { readonly problem: string }> {
	try {
		const { mode } = await stat(file);
		const bytes = await readNamedFile(file, { mostBytes: mostTokenBytes, within: null });
		if (typeof bytes === 'string') return { problem: `${file} cannot hold the token for the metrics: ${bytes}. Name a file that does.` };
		if (hasOwners && (mode & 0o077) !== 0)
			return {
				problem: `${file}, the token for the metrics, is open to others, so the metrics are not served. Run: chmod 600 ${file}, and then: nightlog serve --detach --replace`,
			};
		const token = bytes.toString('utf8').trim();
		return token === '' ? { problem: `${file} holds no token for the metrics: it is empty. Write one into it.` } : { token };
	} catch (error) {
		const why = isMissing(error) ? 'it is not there' : error instanceof Error ? error.message : String(error);
		return {
			problem: `${file}, the token for the metrics, cannot be read: ${why}. Make it, readable by you only, and then run: nightlog serve --detach --replace`,
		};
	}
}

/** A configuration with what is wrong with the files that it names. */
export async function withNamedFilesChecked(loaded: LoadedConfiguration, hasOwners: boolean): Promise<LoadedConfiguration> {
	const { metrics } = loaded.configuration;
	if (metrics === undefined) return loaded;
	const read = await readMetricsToken(metrics.tokenFile, hasOwners);
	if ('token' in read) return loaded;
	const finding: Finding = { code: 'config/token-file', severity: 'error', message: read.problem, cell: null, path: '/metrics/tokenFile' };
	return { ...loaded, findings: [...loaded.findings, finding] };
}
