const two = (part: number) => String(part).padStart(2, '0');

/** A moment in the time zone of this machine, to the second: `2026-11-21 10:02:33`; a time that cannot be read stands as it is. */
export function formatLocalTime(time: string): string {
	const date = new Date(time);
	if (Number.isNaN(date.getTime())) return time;
	const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
	return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
