import type { NightlogError } from '@nightlog/shared/base/nightlog-error';

/** An error in its own words, with the id under which the server's log has the request, where there was one. */
export function errorText({ message, data }: Pick<NightlogError, 'message' | 'data'>): string {
	return typeof data.requestId === 'string' ? `${message} (${data.requestId})` : message;
}
