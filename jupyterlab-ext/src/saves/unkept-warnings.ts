import type { UnkeptSave } from '@nightlog/shared/versions/version-schema';

/** Where a warning is shown. */
export interface WarningPlace {
	/** Shows it until it is taken back or somebody closes it; gives back its id. */
	show(notebook: string, unkept: UnkeptSave): string;
	takeBack(id: string): void;
}

/** Warns of each notebook whose saves are no versions: once for each reason, and not when they are kept again. */
export class UnkeptWarnings {
	private readonly place: WarningPlace;
	private readonly shown = new Map<string, { readonly id: string; readonly title: string }>();

	constructor(place: WarningPlace) {
		this.place = place;
	}

	/** How it stands with this notebook; null: all is kept. */
	set(notebook: string, unkept: UnkeptSave | null): void {
		const before = this.shown.get(notebook);
		if (before?.title === unkept?.title) return;
		if (before !== undefined) this.place.takeBack(before.id);
		if (unkept === null) this.shown.delete(notebook);
		else this.shown.set(notebook, { id: this.place.show(notebook, unkept), title: unkept.title });
	}
}
