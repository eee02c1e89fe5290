/** A notebook that is open in this window. */
export interface OpenNotebook<Panel> {
	readonly panel: Panel;
	/** Absolute path, as it is now; null where it is no file. */
	readonly file: string | null;
	/** Whether it got another path since it was opened. */
	readonly wasRenamed: boolean;
}

/**
 * Finds the notebook that had this path when a job was submitted, by whatever path it has now; null where it is not open.
 *
 * @param file absolute path at that time
 * @param isSame whether the server knows what is at a path now as that notebook
 */
export async function findNotebook<Panel>(
	file: string,
	open: readonly OpenNotebook<Panel>[],
	isSame: (file: string) => Promise<boolean>,
): Promise<Panel | null> {
	const here = open.filter((notebook) => notebook.file === file);
	const elsewhere = open.filter((notebook) => notebook.file !== file);
	// Where it was renamed, another notebook may have its old path by now.
	const inOrder = [...elsewhere.filter(({ wasRenamed }) => wasRenamed), ...here, ...elsewhere.filter(({ wasRenamed }) => !wasRenamed)];
	for (const notebook of inOrder) {
		if (notebook.file === file || (notebook.file !== null && (await isSame(notebook.file)))) return notebook.panel;
	}
	return null;
}
