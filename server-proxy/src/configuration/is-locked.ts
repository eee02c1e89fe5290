import { jsonPointer } from '@nightlog/shared/base/json-pointer';

/** Whether a site forbids that anything but its own file decides a value: by the value's own pointer or that of something around it. */
export function isLocked(locked: readonly string[], at: readonly string[]): boolean {
	const pointer = jsonPointer(at);
	return locked.some((each) => pointer === each || pointer.startsWith(`${each}/`));
}
