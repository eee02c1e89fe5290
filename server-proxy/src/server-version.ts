import { readFileSync } from 'node:fs';

declare const NIGHTLOG_VERSION: string | undefined;

function readManifest(): string {
	const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
	return String((manifest as { version: unknown }).version);
}

/** The version of this program; the bundle holds it as a constant. */
export const serverVersion: string = typeof NIGHTLOG_VERSION === 'string' ? NIGHTLOG_VERSION : readManifest();

/** Negative where `left` is older than `right`, by semantic versioning; a pre-release comes before its release. */
export function compareVersions(left: string, right: string): number {
	const [leftCore = '', leftPre] = left.split('+')[0]?.split(/-(.*)/s) ?? [];
	const [rightCore = '', rightPre] = right.split('+')[0]?.split(/-(.*)/s) ?? [];
	const byCore = compareParts(leftCore.split('.'), rightCore.split('.'));
	if (byCore !== 0) return byCore;
	if (leftPre === undefined || rightPre === undefined) return Number(leftPre === undefined) - Number(rightPre === undefined);
	return compareParts(leftPre.split('.'), rightPre.split('.'));
}

function compareParts(left: readonly string[], right: readonly string[]): number {
	for (let index = 0; index < Math.max(left.length, right.length); index++) {
		const one = left[index];
		const other = right[index];
		if (one === undefined || other === undefined) return one === undefined ? -1 : 1;
		const bothNumbers = /^\d+$/.test(one) && /^\d+$/.test(other);
		const difference = bothNumbers ? Number(one) - Number(other) : one < other ? -1 : Number(one > other);
		if (difference !== 0) return Math.sign(difference);
	}
	return 0;
}
