import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { ServerEvent } from '@nightlog/shared/api/event-stream';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import type { UnkeptSave } from '@nightlog/shared/versions/version-schema';
import { sessionOf } from '../document/document-content.ts';
import type { IConnection } from '../tokens.ts';
import type { PressedSaves } from './pressed-saves.ts';
import { tellInTurn } from './tell-in-turn.ts';

/** The server forgets after ten minutes that a notebook is shown. */
const heartbeatMs = 4 * 60_000;

/** What telling of saves needs of the rest. */
export interface ReportSavesOptions {
	readonly connection: IConnection;
	readonly presses: PressedSaves<NotebookPanel['context']>;
	/** Random id of this window. */
	readonly client: string;
	readonly editor: string;
	/** Something of general interest on where the versions of a project are kept. */
	readonly onNote: (project: string, note: string) => void;
	/** Whether saves of this notebook are on disk and no versions. */
	readonly onUnkept: (notebook: string, unkept: UnkeptSave | null) => void;
}

/**
 * Tells the server that a notebook is shown and when it was saved. Nothing waits for it: a save is on disk whether or not it became a version, the server
 * looks at the disk itself and tells when it cannot keep what is there, and the panel says when it cannot be reached.
 */
export function reportSaves(panel: NotebookPanel, options: ReportSavesOptions): void {
	const { connection, presses, client, editor } = options;
	const { context } = panel;
	let told: string | null = null;

	const quietly = (work: () => Promise<void>): Promise<void> =>
		work().catch((error: unknown) => {
			if (!isNightlogError(error)) console.error('Nightlog: a save could not be told of.', error);
		});
	const tell = (closed: boolean): void =>
		void quietly(async () => {
			if (closed) {
				if (told !== null) await connection.background.call('openNotebook', { body: { notebook: told, client, editor, closed: true } });
				return;
			}
			const { file } = await connection.placeOf(panel);
			if (file === null || panel.isDisposed) return;
			if (told !== null && told !== file) options.onUnkept(told, null);
			told = file;
			const { project, note, unkept } = await connection.background.call('openNotebook', { body: { notebook: file, client, editor } });
			if (note !== null) options.onNote(project, note);
			options.onUnkept(file, unkept ?? null);
		});
	const keep = tellInTurn((reason) =>
		quietly(async () => {
			const { file } = await connection.placeOf(panel);
			if (file === null) return;
			const session = sessionOf(panel);
			await connection.background.call('keepVersion', { body: { notebook: file, reason, editor, ...(session === null ? {} : { session }) } });
		}),
	);

	const onSaveState = (_: unknown, state: DocumentRegistry.SaveState): void => {
		if (state.startsWith('completed')) keep(presses.has(context) ? 'keep' : 'save');
	};
	const onEvent = (_: unknown, event: ServerEvent): void => {
		if (event.type === 'unkept' && event.notebook === told) options.onUnkept(told, event.unkept);
	};
	const onPathChanged = (): void => {
		tell(false);
		// Saving a new notebook asks for its name, and gives it that after the save.
		if (presses.has(context)) keep('keep');
	};
	// With real-time collaboration the server saves, and this alone tells.
	const onFileChanged = (): void => {
		if (context.model.collaborative) keep(presses.take(context) ? 'keep' : 'save');
	};
	connection.events.connect(onEvent);
	context.saveState.connect(onSaveState);
	context.fileChanged.connect(onFileChanged);
	context.pathChanged.connect(onPathChanged);
	const timer = window.setInterval(() => tell(false), heartbeatMs);
	tell(false);
	panel.disposed.connect(() => {
		window.clearInterval(timer);
		connection.events.disconnect(onEvent);
		// Nobody tells this window any more when its saves are kept again.
		if (told !== null) options.onUnkept(told, null);
		tell(true);
	});
}
