import { type CommandKey, commandTable } from '@nightlog/shared/commands/command-table';

/** The id under which JupyterLab knows a command of the table. */
export function commandId(key: CommandKey): string {
	return `nightlog:${commandTable[key].name}`;
}
