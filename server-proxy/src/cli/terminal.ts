/** Where a command writes. */
export interface Terminal {
	/** Standard output: what was asked for. */
	write(text: string | Uint8Array): void;
	/** Standard error: what went wrong, and what the person should know beside the answer. */
	writeError(text: string): void;
	/** Whether a person looks at standard output; else it is a pipe or a file. */
	readonly isInteractive: boolean;
	readonly hasColour: boolean;
}

/** The process's own streams. A reader that went away (`| head`) ends the program without a complaint. */
export function processTerminal(
	streams: Pick<NodeJS.Process, 'stdout' | 'stderr'>,
	environment: Readonly<Record<string, string | undefined>>,
	onClosed: () => void,
): Terminal {
	for (const stream of [streams.stdout, streams.stderr]) {
		stream.on('error', (error: NodeJS.ErrnoException) => {
			if (error.code !== 'EPIPE') throw error;
			onClosed();
		});
	}
	const isInteractive = streams.stdout.isTTY === true && environment.TERM !== 'dumb';
	return {
		write: (text) => void streams.stdout.write(text),
		writeError: (text) => void streams.stderr.write(text),
		isInteractive,
		// no-color.org: any text at all switches colours off.
		hasColour: isInteractive && (environment.NO_COLOR ?? '') === '',
	};
}

const codes = { red: 31, green: 32, yellow: 33, dim: 2 } as const;

/** Colours a text where the terminal takes colours. */
export function colour(terminal: Pick<Terminal, 'hasColour'>, name: keyof typeof codes, text: string): string {
	return terminal.hasColour ? `\x1b[${codes[name]}m${text}\x1b[0m` : text;
}
