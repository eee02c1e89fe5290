/** What a `NightlogError` says beside its code. */
export interface ErrorDetails {
	/** HTTP status that says the same; 500 where nothing else is said. */
	readonly status?: number;
	/** Whether the same call can succeed later without a change. */
	readonly retryable?: boolean;
	/** What is wrong where, for forms: JSON pointers into the input. */
	readonly errors?: readonly FieldError[];
	/** Further facts, never a secret. */
	readonly data?: Readonly<Record<string, unknown>>;
	readonly cause?: unknown;
}

/** One wrong place of an input. */
export interface FieldError {
	/** JSON pointer (RFC 6901) into the input; empty for the whole. */
	readonly path: string;
	/** A sentence that tells the person what to do. */
	readonly message: string;
}

/**
 * An expected failure. `code` is stable and of the form `area/what`; `message` is a sentence that tells the person what to do.
 * Decide by `code`, never by `message`.
 */
export class NightlogError extends Error {
	override readonly name = 'NightlogError';
	readonly code: string;
	readonly status: number;
	readonly retryable: boolean;
	readonly errors: readonly FieldError[];
	readonly data: Readonly<Record<string, unknown>>;

	constructor(code: string, message: string, details: ErrorDetails = {}) {
		super(message, details.cause === undefined ? undefined : { cause: details.cause });
		this.code = code;
		this.status = details.status ?? 500;
		this.retryable = details.retryable ?? false;
		this.errors = details.errors ?? [];
		this.data = details.data ?? {};
	}
}

/** Whether `value` is a `NightlogError`, of `code` where one is given. */
export function isNightlogError(value: unknown, code?: string): value is NightlogError {
	return value instanceof NightlogError && (code === undefined || value.code === code);
}
