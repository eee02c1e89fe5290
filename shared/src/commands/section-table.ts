import type { IconName } from './command-table.ts';

/** A section of the side panel, as both editors show it. */
export interface SectionEntry {
	/** Kebab-case; an editor puts its own prefix before it. */
	readonly name: string;
	readonly title: string;
	readonly icon: IconName;
	/** From top to bottom. */
	readonly rank: number;
}

const defineSections = <const T extends Readonly<Record<string, SectionEntry>>>(table: T): T => table;

/** Every section of the side panel. */
export const sectionTable = defineSections({
	jobs: { name: 'jobs', title: 'Jobs', icon: 'jobs', rank: 10 },
	versions: { name: 'versions', title: 'Versions', icon: 'versions', rank: 20 },
});

/** A section by its key in the table. */
export type SectionKey = keyof typeof sectionTable;
