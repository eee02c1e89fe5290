/** A document, as far as it matters whether somebody asked for it to be saved. */
export interface SavedDocument {
	readonly model: { readonly collaborative?: boolean; readonly dirty: boolean };
}

/**
 * Knows which documents are being saved because a person asked for it. JupyterLab saves by itself with the very same signals; only a command tells that
 * somebody pressed Save.
 */
export class PressedSaves<Document extends SavedDocument> {
	/** How many commands that save it are under way. */
	private readonly underWay = new Map<Document, number>();
	/** Shared documents with changes that the server was still to save when somebody pressed Save. */
	private readonly unsaved = new WeakSet<Document>();

	/** A person asked for this document to be saved. Never rejects; resolves when the command that does so has ended. */
	async press(document: Document, command: Promise<unknown>): Promise<void> {
		const { collaborative, dirty } = document.model;
		// The command may end before the server has saved: what it writes next is what was asked for.
		if (collaborative === true && dirty) this.unsaved.add(document);
		this.underWay.set(document, (this.underWay.get(document) ?? 0) + 1);
		// A save that fails is shown by JupyterLab.
		await command.catch(() => undefined);
		const left = (this.underWay.get(document) ?? 1) - 1;
		if (left === 0) this.underWay.delete(document);
		else this.underWay.set(document, left);
	}

	/** Whether a command that saves this document is under way. */
	has(document: Document): boolean {
		return this.underWay.has(document);
	}

	/** Whether what the server of a shared document just saved is what a person asked for; that is so once. */
	take(document: Document): boolean {
		return this.unsaved.delete(document) || this.has(document);
	}
}
