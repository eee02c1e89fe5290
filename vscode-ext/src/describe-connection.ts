import type { ServerFile } from './server-file.ts';

/** What is known of the person's server. */
export type Connection =
	| { readonly kind: 'none' }
	| { readonly kind: 'unreadable'; readonly path: string }
	| { readonly kind: 'elsewhere'; readonly server: ServerFile }
	| { readonly kind: 'gone'; readonly server: ServerFile }
	| { readonly kind: 'running'; readonly server: ServerFile };

/** Decides from what was read; `isAlive` answers whether a process of this machine lives. */
export function connectionOf(
	file: { text: string | null; path: string },
	parsed: ServerFile | null,
	host: string,
	isAlive: (pid: number) => boolean,
): Connection {
	if (file.text === null) return { kind: 'none' };
	if (parsed === null) return { kind: 'unreadable', path: file.path };
	if (parsed.host !== host) return { kind: 'elsewhere', server: parsed };
	return { kind: isAlive(parsed.pid) ? 'running' : 'gone', server: parsed };
}

/** A sentence for the person. */
export function describeConnection(connection: Connection): string {
	switch (connection.kind) {
		case 'none':
			return 'No Nightlog server runs on this machine. One starts with the first command that needs it.';
		case 'unreadable':
			return `Whether a Nightlog server runs is not known: ${connection.path} cannot be read as what a server writes.`;
		case 'elsewhere':
			return `Your Nightlog server was started on ${connection.server.host}; from here it is not known whether it still runs.`;
		case 'gone':
			return `No Nightlog server runs on this machine: process ${connection.server.pid} has ended. The next command that needs one starts it.`;
		case 'running':
			return `Nightlog ${connection.server.version} runs on this machine as process ${connection.server.pid}, started ${connection.server.startedAt}.`;
	}
}
