import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import type { Translation } from '@nightlog/shared/views/translation';

/** Asks for a name; null where a person went back. */
export async function askLabel(title: string, before: string | null, trans: Translation): Promise<string | null> {
	const { button, value } = await InputDialog.getText({
		title,
		label: trans.__('Name'),
		placeholder: trans.__('for example: before the new calibration'),
		text: before ?? '',
		selectionRange: before?.length ?? 0,
		okLabel: trans.__('Save'),
		cancelLabel: trans.__('Cancel'),
	});
	const label = (value ?? '').trim().slice(0, 200);
	return button.accept && label !== '' ? label : null;
}

/** Asks whether a name that another version has is to move to this one. */
export async function askToMove(label: string, trans: Translation): Promise<boolean> {
	const { button } = await showDialog({
		title: trans.__('Another version has this name'),
		body: trans.__('Give "%1" to this version instead?', label),
		buttons: [Dialog.cancelButton({ label: trans.__('Go back') }), Dialog.okButton({ label: trans.__('Move the name') })],
		defaultButton: 0,
	});
	return button.accept;
}

/** What to do with a version that has a name. */
export async function askRenameOrRemove(label: string, trans: Translation): Promise<'rename' | 'remove' | null> {
	const { button } = await showDialog({
		title: trans.__('Name of the version'),
		body: trans.__('This version is named "%1".', label),
		buttons: [
			Dialog.cancelButton({ label: trans.__('Cancel') }),
			Dialog.warnButton({ label: trans.__('Remove the name'), actions: ['remove'] }),
			Dialog.okButton({ label: trans.__('Change the name'), actions: ['rename'] }),
		],
		defaultButton: 2,
	});
	if (!button.accept) return null;
	return button.actions.includes('remove') ? 'remove' : 'rename';
}
