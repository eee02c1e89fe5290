import type { Translation } from './translation.ts';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** A length of time in words as short as they can be: `4 s`, `2 min 5 s`, `3 h 20 min`, `2 d 4 h`. Negative and unknown lengths read `–`. */
export function formatDuration(seconds: number): string {
	if (!Number.isFinite(seconds) || seconds < 0) return '–';
	const whole = Math.floor(seconds);
	if (whole < minute) return seconds < 10 && seconds !== whole ? `${seconds.toFixed(1)} s` : `${whole} s`;
	const pair = (large: number, largeUnit: string, small: number, smallUnit: string) => {
		const rest = Math.floor((whole % large) / small);
		return `${Math.floor(whole / large)} ${largeUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`;
	};
	if (whole < hour) return pair(minute, 'min', 1, 's');
	if (whole < day) return pair(hour, 'h', minute, 'min');
	return pair(day, 'd', hour, 'h');
}

/** Where and in which language times are shown; left out, those of the host. */
export interface TimePlace {
	readonly locale?: string;
	readonly timeZone?: string;
}

/** The calendar day of a time as `YYYY-MM-DD` at that place. */
export function dayOf(time: string, place: TimePlace = {}): string {
	const parts = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone: place.timeZone }).formatToParts(
		new Date(time),
	);
	const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? '';
	return `${part('year')}-${part('month')}-${part('day')}`;
}

/** A day as people say it: `Today`, `Yesterday`, `Friday`, `21 November 2026`. */
export function describeDay(time: string, nowMs: number, translation: Translation, place: TimePlace = {}): string {
	const then = dayOf(time, place);
	const ago = (days: number) => dayOf(new Date(nowMs - days * day * 1000).toISOString(), place);
	if (then === ago(0)) return translation.__('Today');
	if (then === ago(1)) return translation.__('Yesterday');
	const format = (options: Intl.DateTimeFormatOptions) =>
		new Intl.DateTimeFormat(place.locale, { ...options, timeZone: place.timeZone }).format(new Date(time));
	for (let days = 2; days < 7; days++) if (then === ago(days)) return format({ weekday: 'long' });
	return format({ day: 'numeric', month: 'long', year: 'numeric' });
}

/** The time of day, with hour and minute. */
export function formatTimeOfDay(time: string, place: TimePlace = {}): string {
	return new Intl.DateTimeFormat(place.locale, { hour: '2-digit', minute: '2-digit', timeZone: place.timeZone }).format(new Date(time));
}

/** A moment: the time of day, with its day before it where that is not today. */
export function describeMoment(time: string, nowMs: number, translation: Translation, place: TimePlace = {}): string {
	const today = dayOf(new Date(nowMs).toISOString(), place);
	const clock = formatTimeOfDay(time, place);
	return dayOf(time, place) === today ? clock : `${describeDay(time, nowMs, translation, place)} ${clock}`;
}
