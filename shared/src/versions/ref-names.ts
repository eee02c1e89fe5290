import { type CommitOid, isJobId, type JobId, type NotebookId, type PersonId } from '../base/ids.ts';

/** Hexadecimal digits, lowercase, of the SHA-256 of bytes. */
export type Sha256 = (bytes: Uint8Array) => string;

/** Who somebody is to Git, or else to their machine. */
export interface PersonFacts {
	/** Git's `user.email`; null where none is set. */
	readonly gitEmail: string | null;
	readonly userName: string;
	/** What tells this machine from others, such as `/etc/machine-id`. */
	readonly machineId: string;
}

/** The first 12 hexadecimal digits of the SHA-256 of the lowercased Git e-mail, else of `user@machine-id`. */
export function personIdOf(facts: PersonFacts, sha256: Sha256): PersonId {
	const email = facts.gitEmail?.trim().toLowerCase() ?? '';
	const identity = email === '' ? `${facts.userName}@${facts.machineId}` : email;
	return sha256(new TextEncoder().encode(identity)).slice(0, 12) as PersonId;
}

/** What every ref of a person begins with; ends in '/'. */
export function personPrefix(person: PersonId): string {
	return `refs/nightlog/${person}/`;
}

/** What every ref of a notebook begins with; ends in '/'. */
export function notebookPrefix(person: PersonId, notebook: NotebookId): string {
	return `${personPrefix(person)}${notebook}/`;
}

/** The ref of a notebook's newest version. */
export function versionsRef(person: PersonId, notebook: NotebookId): string {
	return `${notebookPrefix(person, notebook)}versions`;
}

/** The ref of a name that a person gave to a version. */
export function labelRef(person: PersonId, notebook: NotebookId, label: string): string {
	return `${notebookPrefix(person, notebook)}labels/${encodeLabel(label)}`;
}

/** The ref of a job's result. */
export function resultRef(person: PersonId, notebook: NotebookId, job: JobId): string {
	return `${notebookPrefix(person, notebook)}results/${job}`;
}

/** The ref that keeps the id of a newest version that could not be read any more, once another took its place. */
export function damagedRef(person: PersonId, notebook: NotebookId, id: CommitOid): string {
	return `${notebookPrefix(person, notebook)}damaged/${id}`;
}

/** What a ref of Nightlog stands for. */
export type ParsedRef = { readonly person: PersonId; readonly notebook: NotebookId } & (
	| { readonly kind: 'versions' }
	| { readonly kind: 'label'; readonly label: string }
	| { readonly kind: 'result'; readonly job: JobId }
);

/** What a ref stands for; null where it is none of Nightlog's, or of a kind that this Nightlog does not know. */
export function parseRef(ref: string): ParsedRef | null {
	const match = /^refs\/nightlog\/([0-9a-f]{12})\/([0-7][0-9a-hjkmnp-tv-z]{25})\/(versions|labels\/(.+)|results\/([^/]+))$/.exec(ref);
	if (match === null) return null;
	const owner = { person: match[1] as PersonId, notebook: match[2] as NotebookId };
	if (match[3] === 'versions') return { ...owner, kind: 'versions' };
	if (match[5] !== undefined) return isJobId(match[5]) ? { ...owner, kind: 'result', job: match[5] } : null;
	const label = decodeLabel(match[4] ?? '');
	return label === null ? null : { ...owner, kind: 'label', label };
}

/** The longest part of a ref's name: what a file system takes (255 bytes), less Git's `.lock` and some room. */
const longestPart = 200;

/**
 * A label as it stands in a ref. Only lowercase letters, digits, '-' and '_' stand for themselves: so no two labels meet on a file system that
 * ignores case or normalises Unicode, and nothing that Git forbids (`..`, `.lock`, `@{`) can arise. A part that another one follows ends in '+',
 * which keeps a long label from being the folder of a short one. Source: git-check-ref-format(1).
 */
export function encodeLabel(label: string): string {
	const parts: string[] = [];
	let part = '';
	for (const byte of new TextEncoder().encode(label)) {
		const character = String.fromCharCode(byte);
		const piece = /[a-z0-9_-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
		if (part.length + piece.length > longestPart) {
			parts.push(`${part}+`);
			part = '';
		}
		part += piece;
	}
	return [...parts, part].join('/');
}

/** The label that stands in a ref; null where it is no encoded label. */
export function decodeLabel(encoded: string): string | null {
	const parts = encoded.split('/');
	const last = parts.pop() ?? '';
	if (parts.some((part) => !part.endsWith('+'))) return null;
	const whole = parts.map((part) => part.slice(0, -1)).join('') + last;
	if (whole === '' || /\+/.test(whole)) return null;
	try {
		return decodeURIComponent(whole);
	} catch {
		return null;
	}
}
