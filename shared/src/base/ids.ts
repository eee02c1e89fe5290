/** A string of a kind that is not mixed up with another: the compiler holds it, nothing exists at run time. */
type Branded<Kind extends string> = string & { readonly __kind: Kind };

/** A job's id: a lowercase ULID, 26 characters of Crockford's base 32. */
export type JobId = Branded<'JobId'>;
/** A version's id: the full, lowercase hexadecimal id of its commit, 40 (SHA-1) or 64 (SHA-256) characters. */
export type CommitOid = Branded<'CommitOid'>;
/** A cell's nbformat id, or `i<index>-<8 hex digits of the source's SHA-256>` where it has none. */
export type CellId = Branded<'CellId'>;
/** A notebook's random id in the store, 26 characters like a job's. */
export type NotebookId = Branded<'NotebookId'>;
/** Who owns a ref: 12 hexadecimal digits. */
export type PersonId = Branded<'PersonId'>;

export const jobIdPattern = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;
export const commitOidPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Whether `text` is a job's id. */
export function isJobId(text: string): text is JobId {
	return jobIdPattern.test(text);
}

/** Whether `text` is a full commit id. */
export function isCommitOid(text: string): text is CommitOid {
	return commitOidPattern.test(text);
}
