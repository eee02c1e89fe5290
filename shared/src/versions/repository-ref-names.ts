import { NightlogError } from '../base/nightlog-error.ts';
import type { ObjectId, RefChange } from './repository.ts';

/** Where every ref of Nightlog lies. */
export const refNamespace = 'refs/nightlog/';

/** Whether Git allows this name of a ref. Source: git-check-ref-format(1); `HEAD` and names below `refs/` only. */
export function isRefName(ref: string): boolean {
	if (ref === 'HEAD') return true;
	// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among what Git refuses
	if (!ref.startsWith('refs/') || /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.$|\/$/.test(ref)) return false;
	return ref.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}

/** Checks names and ids of changes before anything is locked or written. @throws NightlogError `repository/bad-ref` */
export function assertRefChanges(changes: readonly RefChange[], objectFormat: 'sha1' | 'sha256'): void {
	const seen = new Set<string>();
	for (const { ref, from, to } of changes) {
		if (!ref.startsWith(refNamespace) || !isRefName(ref)) throw badRef(`${JSON.stringify(ref)} is no name that Nightlog gives to a ref`);
		if (seen.has(ref)) throw badRef(`${JSON.stringify(ref)} stands twice in one change`);
		seen.add(ref);
		for (const oid of [from, to]) {
			if (oid !== null && !isObjectId(oid, objectFormat)) throw badRef(`${JSON.stringify(oid)} is no object id of this repository`);
		}
	}
}

/** @throws NightlogError `repository/bad-ref` when Git allows no such name */
export function assertRefName(ref: string): void {
	if (!isRefName(ref)) throw badRef(`${JSON.stringify(ref)} is no name that Git allows for a ref`);
}

/** Whether `oid` has the form of an id in a repository of this format. */
export function isObjectId(oid: string, objectFormat: 'sha1' | 'sha256'): boolean {
	return oid.length === (objectFormat === 'sha1' ? 40 : 64) && /^[0-9a-f]+$/.test(oid);
}

/** The ref is not what was expected. */
export function refMoved(ref: string): NightlogError {
	return new NightlogError('repository/ref-moved', 'Another program changed this history at the same time; try again.', {
		status: 409,
		retryable: true,
		data: { ref },
	});
}

/** One ref's name would have to be both a file and a folder. */
export function refConflict(ref: string, other: string): NightlogError {
	return new NightlogError('repository/ref-conflict', `The name ${ref} cannot stand beside ${other} in one repository; choose another.`, {
		status: 409,
		data: { ref, other },
	});
}

/** An object that is asked for is not there. */
export function noObject(oid: ObjectId): NightlogError {
	return new NightlogError('repository/no-object', `The repository does not hold the object ${oid}.`, { status: 404, data: { oid } });
}

function badRef(what: string): NightlogError {
	return new NightlogError('repository/bad-ref', `This history cannot be changed: ${what}.`, { status: 400 });
}
