import type { ParameterValues } from '../base/parameter-values.ts';
import type { VersionDocument } from './version-document.ts';
import type { VersionReason } from './version-schema.ts';

/** For how long after the first of them a save takes the place of the one before, in milliseconds. */
const replaceWindowMs = 5 * 60_000;

/** What a new version is to the newest one: the same again, its replacement with the same parent, or its child. */
export type Succession = 'same' | 'replace' | 'append';

/** What is to be kept, as far as the decision needs it. */
export interface Successor {
	readonly reason: VersionReason;
	readonly label: string | null;
	readonly parameters: ParameterValues;
	readonly executionDigest: string | null;
	readonly nowMs: number;
}

/**
 * Decides what a version becomes. A save replaces a save of the last five minutes when no cell ran between them; the window begins with the first of the
 * saves that replaced each other, so that steady saving leaves a version every five minutes. A clock that went back replaces nothing.
 *
 * @param tip the newest version's document
 * @param sameContent whether both hold the same files
 * @param mayReplace whether nobody was given the newest version's id
 */
export function decideSuccession(tip: VersionDocument, next: Successor, sameContent: boolean, mayReplace: boolean): Succession {
	if (sameContent && isSameRequest(tip, next)) return 'same';
	const ageMs = next.nowMs - Date.parse(tip.firstSavedAt);
	const ranBetween = tip.execution.digest === null || next.executionDigest === null || tip.execution.digest !== next.executionDigest;
	if (next.reason === 'save' && tip.reason === 'save' && mayReplace && !ranBetween && ageMs >= 0 && ageMs < replaceWindowMs) return 'replace';
	return 'append';
}

/** Whether asking for `next` of the same content gives the version that is there: submitting and naming make their own. */
export function isSameRequest(tip: VersionDocument, next: Pick<Successor, 'reason' | 'label' | 'parameters'>): boolean {
	switch (next.reason) {
		case 'save':
		case 'keep':
		case 'restore':
			return true;
		case 'submit':
			return tip.reason === 'submit' && sameValue(tip.parameters, next.parameters);
		case 'label':
			return tip.reason === 'label' && tip.label === next.label;
		case 'result':
			return false;
	}
}

/** Whether two JSON values are equal, whatever the order of their keys. */
function sameValue(left: unknown, right: unknown): boolean {
	if (left === right) return true;
	if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
	if (Array.isArray(left) !== Array.isArray(right)) return false;
	const leftKeys = Object.keys(left);
	const rightEntries = new Map<string, unknown>(Object.entries(right));
	if (leftKeys.length !== rightEntries.size) return false;
	return Object.entries(left).every(([key, value]) => rightEntries.has(key) && sameValue(value, rightEntries.get(key)));
}
