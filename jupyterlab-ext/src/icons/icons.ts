import { LabIcon } from '@jupyterlab/ui-components';
import type { IconName } from '@nightlog/shared/commands/command-table';

const draw = (name: string, path: string): LabIcon =>
	new LabIcon({
		name: `nightlog:${name}`,
		svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3 jp-icon-selectable" fill="#616161" d="${path}"/></svg>`,
	});

/** The pictures of commands and sections. */
export const icons: Readonly<Record<IconName, LabIcon>> = {
	// A crescent over an open book.
	nightlog: draw(
		'nightlog',
		'M14.5 2.2a5.6 5.6 0 1 0 5.3 7.6 4.6 4.6 0 0 1-5.3-7.6zM3 13.5c3-.9 6-.6 8.2 1v6.6c-2.4-1.3-5.2-1.5-8.2-.7zm18 0c-3-.9-6-.6-8.2 1v6.6c2.4-1.3 5.2-1.5 8.2-.7z',
	),
	submit: draw('submit', 'M2.5 20.5 22 12 2.5 3.5v6.6L16 12 2.5 13.9z'),
	'submit-cell': draw('submit-cell', 'M2 4h2v16H2zm4 13.5L22 12 6 6.5v4.2l9 1.3-9 1.3z'),
	jobs: draw('jobs', 'M3 4h18v4H3zm0 6h12v4H3zm0 6h15v4H3z'),
	versions: draw('versions', 'M13 3a9 9 0 0 0-9 9H1l4 4 4-4H6a7 7 0 1 1 2.05 4.95l-1.42 1.42A9 9 0 1 0 13 3zm-1 4v5.4l4.3 2.6.8-1.3-3.6-2.1V7z'),
	label: draw('label', 'M3 3v8.2l9.8 9.8a1.5 1.5 0 0 0 2.1 0l6.1-6.1a1.5 1.5 0 0 0 0-2.1L11.2 3zm4.5 6A1.5 1.5 0 1 1 7.5 6a1.5 1.5 0 0 1 0 3z'),
};

/** Pictures of what can be done with a row of a list. */
export const actionIcons = {
	bring: draw('bring', 'M11 3h2v9.2l3.6-3.6L18 10l-6 6-6-6 1.4-1.4L11 12.2zM4 18h16v3H4z'),
	open: draw('open', 'M5 3h9v2H5v14h14v-7h2v9H3V3zm11 0h5v5h-2V6.4l-7.3 7.3-1.4-1.4L17.6 5H16z'),
	log: draw('log', 'M3 4h18v2H3zm0 5h18v2H3zm0 5h12v2H3zm0 5h15v2H3z'),
	restore: draw('restore', 'M12 5V1L6 6.5l6 5.5V8a5 5 0 1 1-5 5H4a8 8 0 1 0 8-8z'),
} as const;
