import type { Version, VersionReason } from '../versions/version-schema.ts';
import { describeParameters } from './parameter-words.ts';
import { dayOf, describeDay, formatTimeOfDay, type TimePlace } from './time-words.ts';
import { english, type Translation } from './translation.ts';

/** A version as a list shows it: text only. */
export interface VersionRow {
	readonly id: string;
	/** Time of day. */
	readonly time: string;
	/** Why it was made, in words. */
	readonly reason: string;
	/** The name that a person gave it. */
	readonly label: string | null;
	readonly parameters: string;
	readonly author: string;
}

/** The versions of one day, newest first. */
export interface VersionDay {
	/** `YYYY-MM-DD`. */
	readonly day: string;
	readonly title: string;
	readonly versions: readonly VersionRow[];
}

/** Why a version was made, as people say it. */
export function describeReason(reason: VersionReason, translation: Translation = english): string {
	switch (reason) {
		case 'save':
			return translation.__('saved');
		case 'submit':
			return translation.__('kept for a job');
		case 'label':
			return translation.__('named');
		case 'keep':
			return translation.__('kept');
		case 'restore':
			return translation.__('restored');
		case 'result':
			return translation.__('result of a job');
		default:
			// A reason of a newer server is shown as it came.
			return String(reason satisfies never);
	}
}

/** Versions by day; the order of `versions`, newest first, is kept. */
export function groupVersions(versions: readonly Version[], nowMs: number, translation: Translation = english, place: TimePlace = {}): VersionDay[] {
	const days: { day: string; title: string; versions: VersionRow[] }[] = [];
	for (const version of versions) {
		const day = dayOf(version.createdAt, place);
		let group = days.at(-1);
		if (group?.day !== day) {
			group = { day, title: describeDay(version.createdAt, nowMs, translation, place), versions: [] };
			days.push(group);
		}
		group.versions.push({
			id: version.id,
			time: formatTimeOfDay(version.createdAt, place),
			reason: describeReason(version.reason, translation),
			label: version.label,
			parameters: describeParameters(version.parameters),
			author: version.author.name,
		});
	}
	return days;
}
