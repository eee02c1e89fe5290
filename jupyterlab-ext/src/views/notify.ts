import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { Translation } from '@nightlog/shared/views/translation';

/** JupyterLab cuts the rest from a notification, and shows it nowhere. */
const longestMessage = 140;

/** Tells something beside the work; where the words do not fit, a button shows them all. Gives back the id of the notification. */
export function notify(
	type: 'info' | 'success' | 'warning' | 'error',
	message: string,
	trans: Translation,
	options: Notification.IOptions<never> = {},
): string {
	const readAll = {
		label: trans.__('Read all'),
		callback: () => void showDialog({ title: trans.__('Nightlog'), body: message, buttons: [Dialog.okButton({ label: trans.__('Close') })] }),
	};
	const actions = [...(options.actions ?? []), ...(message.length > longestMessage ? [readAll] : [])];
	return Notification.emit(message, type, { ...options, actions });
}
