import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import type { Translation } from '@nightlog/shared/views/translation';

/** Asks for a name; null where a person went back. */
export async function askLabel(title: string, before: string | null, translation: Translation): Promise<string | null> {
	const { button, value } = await InputDialog.getText({
		title,
		label: translation.__('Name'),
		placeholder: translation.__('for example: before the new calibration'),
		text: before ?? '',
		selectionRange: before?.length ?? 0,
		okLabel: translation.__('Save'),
		cancelLabel: translation.__('Cancel'),
	});
	const label = (value ?? '').trim().slice(0, 200);
	return button.accept && label !== '' ? label : null;
}

/** Asks whether a name that another version has is to move to this one. */
export async function askToMove(label: string, translation: Translation): Promise<boolean> {
	const { button } = await showDialog({
		title: translation.__('Another version has this name'),
		body: translation.__('Give "%1" to this version instead?', label),
		buttons: [Dialog.cancelButton({ label: translation.__('Go back') }), Dialog.okButton({ label: translation.__('Move the name') })],
		defaultButton: 0,
	});
	return button.accept;
}

/** What to do with a version that has a name. */
export async function askRenameOrRemove(label: string, translation: Translation): Promise<'rename' | 'remove' | null> {
	const { button } = await showDialog({
		title: translation.__('Name of the version'),
		body: translation.__('This version is named "%1".', label),
		buttons: [
			Dialog.cancelButton({ label: translation.__('Cancel') }),
			Dialog.warnButton({ label: translation.__('Remove the name'), actions: ['remove'] }),
			Dialog.okButton({ label: translation.__('Change the name'), actions: ['rename'] }),
		],
		defaultButton: 2,
	});
	if (!button.accept) return null;
	return button.actions.includes('remove') ? 'remove' : 'rename';
}
