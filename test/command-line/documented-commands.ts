import { readFileSync } from 'node:fs';
import path from 'node:path';

const page = (name: string) => readFileSync(path.join(import.meta.dirname, '..', '..', name), 'utf8');

/** The commands in the README's blocks, without `npx nightlog` and remarks, in their order. */
export function readmeCommands(): string[] {
	const blocks = [...page('README.md').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = '']) => text);
	const lines = blocks.join('').split('\n');
	return lines.flatMap((line) => /^npx nightlog ([^#]*[^#\s])/.exec(line)?.[1] ?? []);
}

/** The commands in the table of the page on the command line, without `nightlog`: `submit NOTEBOOK [--wait]`. Options that stand alone go with `submit`. */
export function tableCommands(): string[] {
	const [, table = ''] = /^\| I want to \| command \|\n(.*?)\n\n/ms.exec(page('docs/command-line.md')) ?? [];
	const rows = [...table.matchAll(/^\| [^|]+ \| ([^|]*`[^|]*) \|$/gm)].map(([, cell = '']) => cell);
	const spans = rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span));
	return spans.flatMap((span) =>
		span.startsWith('nightlog ') ? span.slice('nightlog '.length) : span.startsWith('--') ? `submit NOTEBOOK ${span}` : [],
	);
}

/** A command without what may be left out, and with all of it. */
export function forms(command: string): string[] {
	const least = command.replaceAll('…', '').replace(/ ?\[[^\]]*\]/g, '');
	const most = command.replace(/[…[\]]/g, '');
	return [...new Set([least, most])].map((form) => form.trim());
}
