import { Dialog, showDialog } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { assertNever } from '@nightlog/shared/base/assert-never';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Version } from '@nightlog/shared/versions/version-schema';
import { describeMoment } from '@nightlog/shared/views/time-words';
import type { Translation } from '@nightlog/shared/views/translation';
import { showCommandError } from '../commands/register-command.ts';
import { contentOnScreen, sessionOf } from '../document/document-content.ts';
import type { IConnection, IReadOnlyNotebooks } from '../tokens.ts';
import { notify } from '../views/notify.ts';
import { askLabel, askRenameOrRemove, askToMove } from './ask-label.ts';
import type { VersionAction } from './version-item.tsx';
import type { VersionsModel } from './versions-model.ts';

/** What the actions of a version need of the rest. */
export interface VersionActionsContext {
	readonly connection: IConnection;
	readonly model: VersionsModel;
	readonly readOnly: IReadOnlyNotebooks;
	readonly trans: Translation;
	readonly editor: string;
}

/** Does what was asked for with a version of the notebook in front. */
export async function actOnVersion(context: VersionActionsContext, action: VersionAction, id: string): Promise<void> {
	const { panel, file, versions } = context.model.state;
	const version = versions.find((candidate) => candidate.id === id);
	if (panel === null || file === null || version === undefined) return;
	switch (action) {
		case 'open':
			return context.readOnly.openVersion(version, file);
		case 'restore':
			return restore(context, panel, file, version);
		case 'label':
			return changeLabel(context, file, version);
		default:
			return assertNever(action);
	}
}

/** Takes the offer to move the history of the notebook in front, and of those beside it, into the repository that their folder has become. */
export async function moveHistory({ connection, model, trans }: VersionActionsContext): Promise<void> {
	const { file } = model.state;
	if (file === null) return;
	const { repository } = await connection.client.call('moveHistory', { body: { notebook: file } });
	await model.reload();
	notify('success', trans.__('The versions are in %1 now, below refs/nightlog.', repository), trans, { autoClose: 8000 });
}

/** Keeps the document on the screen under a name. */
export async function keepLabelled(context: VersionActionsContext, panel: NotebookPanel): Promise<void> {
	const { connection, trans, editor } = context;
	const { file, reason } = await connection.placeOf(panel);
	if (file === null) {
		notify('warning', reason ?? trans.__('This notebook is no file on the machine where Jupyter runs.'), trans, { autoClose: false });
		return;
	}
	const title = trans.__('Save a named version of %1', PathExt.basename(panel.context.localPath));
	const label = await askLabel(title, null, trans);
	if (label === null) return;
	const content = contentOnScreen(panel);
	const session = sessionOf(panel);
	const about = { notebook: file, editor, ...(content === null ? {} : { content }), ...(session === null ? {} : { session }) };
	try {
		await connection.client.call('keepVersion', { body: { ...about, reason: 'label', label } });
	} catch (error) {
		if (!isNightlogError(error, 'version/label-taken')) throw error;
		if (!(await askToMove(label, trans))) return;
		await connection.client.call('keepVersion', { body: { ...about, reason: 'label', label, move: true } });
	}
	notify('success', trans.__('Kept as "%1".', label), trans, { autoClose: 4000 });
}

async function changeLabel(context: VersionActionsContext, file: string, version: Version): Promise<void> {
	const { trans } = context;
	if (version.label !== null) {
		const choice = await askRenameOrRemove(version.label, trans);
		if (choice === null) return;
		if (choice === 'remove') return setLabel(context, file, version, null);
	}
	const label = await askLabel(trans.__('Name this version'), version.label, trans);
	if (label !== null && label !== version.label) await setLabel(context, file, version, label);
}

async function setLabel(context: VersionActionsContext, file: string, version: Version, label: string | null): Promise<void> {
	const set = (move: boolean) =>
		context.connection.client.call('labelVersion', {
			params: { id: version.id },
			query: { notebook: file },
			body: move ? { label, move } : { label },
		});
	try {
		await set(false);
	} catch (error) {
		if (label === null || !isNightlogError(error, 'version/label-taken')) throw error;
		if (!(await askToMove(label, context.trans))) return;
		await set(true);
	}
	await context.model.reload();
}

async function restore(context: VersionActionsContext, panel: NotebookPanel, file: string, version: Version): Promise<void> {
	const { trans } = context;
	const moment = describeMoment(version.createdAt, Date.now(), trans);
	if (panel.context.contentsModel?.writable === false) {
		notify('warning', trans.__('This notebook cannot be written to. Open the version, and save a copy of it elsewhere.'), trans, {
			autoClose: false,
		});
		return;
	}
	const { button } = await showDialog({
		title: trans.__('Restore the version of %1?', moment),
		body: trans.__('The notebook becomes what it was then. What it is now is kept as a version first.'),
		buttons: [Dialog.cancelButton({ label: trans.__('Go back') }), Dialog.okButton({ label: trans.__('Restore') })],
	});
	if (!button.accept) return;
	const before = await putBack(context, panel, file, version.id);
	notify('success', trans.__('The version of %1 is restored.', moment), trans, {
		autoClose: 20_000,
		actions:
			before === null
				? []
				: [
						{
							label: trans.__('Undo'),
							caption: trans.__('Put back what was there before'),
							callback: () => void putBack(context, panel, file, before).catch((error: unknown) => showCommandError(error, trans)),
						},
					],
	});
}

/** Writes a version over the notebook and shows it; gives back the version that holds what was there before. */
async function putBack(context: VersionActionsContext, panel: NotebookPanel, file: string, id: string): Promise<string | null> {
	const { client } = context.connection;
	// What is on the screen and not on disk would be lost by reading the file again.
	const content = contentOnScreen(panel);
	const onScreen =
		content === null ? null : await client.call('keepVersion', { body: { notebook: file, reason: 'keep', content, editor: context.editor } });
	const { before } = await client.call('restoreVersion', { params: { id }, query: { notebook: file }, body: {} });
	if (!panel.isDisposed) await panel.context.revert();
	await context.model.reload();
	return onScreen?.id ?? before?.id ?? null;
}
