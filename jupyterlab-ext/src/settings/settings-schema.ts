/* eslint-disable jupyter/no-untranslated-string -- Jupyter translates what stands in a schema itself, by its own catalogue. */
import { type CommandEntry, type CommandKey, type CommandPlace, commandTable } from '@nightlog/shared/commands/command-table';

const menus: Readonly<Partial<Record<CommandPlace, { readonly id: string; readonly rank: number }>>> = {
	'run-menu': { id: 'jp-mainmenu-run', rank: 13 },
	'file-menu': { id: 'jp-mainmenu-file', rank: 4.5 },
	'view-menu': { id: 'jp-mainmenu-view', rank: 5.5 },
};

const entries = Object.entries(commandTable) as [CommandKey, CommandEntry][];
const idOf = (entry: CommandEntry): string => `nightlog:${entry.name}`;
const at = (place: CommandPlace): CommandEntry[] => entries.map(([, entry]) => entry).filter((entry) => entry.places.includes(place));

function mainMenus(): object[] {
	return Object.entries(menus).flatMap(([place, { id, rank }]) => {
		const items = at(place as CommandPlace).map((entry) => ({ command: idOf(entry), rank }));
		return items.length === 0 ? [] : [{ id, items: [{ type: 'separator', rank }, ...items, { type: 'separator', rank }] }];
	});
}

/** The settings schema of the JupyterLab extension: what a person can set, and the menus, toolbars and keys of the table of commands. */
export function settingsSchema(): object {
	return {
		title: 'Nightlog',
		description: 'Versions of notebooks, and notebooks and cells as jobs.',
		type: 'object',
		additionalProperties: false,
		properties: {
			bringOutputs: {
				type: 'boolean',
				title: 'Bring outputs back',
				description:
					'When a job that was submitted here is done, put its outputs into the cells whose text was not changed since. Where this is off, they are offered. It can be undone either way.',
				default: true,
			},
		},
		'jupyter.lab.setting-icon': 'nightlog:nightlog',
		'jupyter.lab.setting-icon-label': 'Nightlog',
		'jupyter.lab.toolbars': {
			Notebook: at('notebook-toolbar').map((entry) => ({ name: `nightlog-${entry.name}`, command: idOf(entry), rank: 35 })),
			...(at('cell-toolbar').length === 0
				? {}
				: { Cell: at('cell-toolbar').map((entry) => ({ name: `nightlog-${entry.name}`, command: idOf(entry), rank: 60 })) }),
		},
		'jupyter.lab.menus': {
			main: mainMenus(),
			// A click with the right button does not move to the cell: the command is told to take the cell that was clicked.
			context: at('cell-menu').map((entry) => ({ command: idOf(entry), args: { clicked: true }, selector: '.jp-Notebook .jp-CodeCell', rank: 3 })),
		},
		'jupyter.lab.shortcuts': entries.flatMap(([, entry]) =>
			entry.keys === null ? [] : [{ command: idOf(entry), keys: entry.keys, selector: '.jp-Notebook' }],
		),
	};
}
