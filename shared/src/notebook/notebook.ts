import type { CellId } from '../base/ids.ts';
import type { JsonNode } from './json-node.ts';

/** A cell as it stands in a notebook's text. */
export interface NotebookCell {
	/** No two cells of a notebook share one; see `parseNotebook` for what it is where the text has none, or has it twice. */
	readonly id: CellId;
	/** The id that the text has, however little it is worth; null where there is none. */
	readonly ownId: string | null;
	/** Counted from 0. */
	readonly index: number;
	/** A type that nbformat 4 does not know stands here as it is. */
	readonly type: 'code' | 'markdown' | 'raw' | (string & {});
	/** One text, however the file keeps it. */
	readonly source: string;
	readonly tags: readonly string[];
	/** An object; undefined where there is none. */
	readonly metadata: JsonNode | undefined;
	/** Empty for cells without outputs. */
	readonly outputs: readonly JsonNode[];
	readonly executionCount: number | null;
	readonly node: JsonNode;
}

/** A notebook of nbformat 4, seen over its text. Nothing of it changes; see notebook-operations.ts for new texts. */
export interface Notebook {
	readonly text: string;
	readonly root: JsonNode;
	/** The minor number of the format, 5 for 4.5; 0 where the text says none, as Jupyter takes it. */
	readonly minor: number;
	readonly cells: readonly NotebookCell[];
	/** The array of all cells. */
	readonly cellsNode: JsonNode;
	readonly metadata: JsonNode | undefined;
	/** The kernelspec that the notebook asks for; null where it names none. */
	readonly kernelName: string | null;
	readonly kernelDisplayName: string | null;
	/** The language's name as the kernel gave it (`python`, `R`, `julia`), else the kernelspec's; null where neither is there. */
	readonly language: string | null;
}
