import path from 'node:path';
import { fileURLToPath } from 'node:url';

declare const NIGHTLOG_VERSION: string | undefined;

/** Absolute path of the folder that holds the bundle, and `runner.pyz` beside it. */
export function programFolder(): string {
	const here = path.dirname(fileURLToPath(import.meta.url));
	// Run from its sources, in a checkout, what is built lies beside them.
	return typeof NIGHTLOG_VERSION === 'string' ? here : path.join(here, '..', 'dist');
}
