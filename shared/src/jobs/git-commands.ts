/** What a command of git does with the repository around it: it asks it, or it makes one of its own. Null for all else, also where it names another one. */
export type GitCommand = 'asks' | 'makes' | null;

const makers = new Set(['clone', 'init']);
/** These need no repository. */
const free = new Set(['config', 'credential', 'help', 'lfs', 'ls-remote', 'version']);
/** Options before the command that have their value as a word of its own. */
const valued = new Set(['-c', '--exec-path', '--namespace', '--config-env']);

/** What a command does, by its words; null where the first is not `git`. */
export function readGitCommand(words: readonly string[]): GitCommand {
	if (words[0] !== 'git') return null;
	for (let at = 1; at < words.length; at++) {
		const word = words[at]!;
		if (/^(?:-C$|--git-dir\b|--work-tree\b)/.test(word)) return null;
		if (valued.has(word)) at++;
		else if (!word.startsWith('-')) return !/^[a-z][a-z-]*$/.test(word) || free.has(word) ? null : makers.has(word) ? 'makes' : 'asks';
	}
	return null;
}

/** What the commands of a shell's text do with git; null also where it goes to another folder first. */
export function gitInShell(text: string): GitCommand {
	const commands = text.split(/[\n;&|()`]+/).map((command) => command.trim().split(/\s+/));
	if (commands.some(([first]) => first === 'cd' || first === 'pushd')) return null;
	return strongest(commands.map(readGitCommand));
}

/** Who makes a repository has one to ask. */
export function strongest(commands: readonly GitCommand[]): GitCommand {
	return commands.includes('makes') ? 'makes' : commands.includes('asks') ? 'asks' : null;
}

/** What the lines and cells that IPython gives to a shell do with git: `!git log`, `head = !git rev-parse HEAD`, `%%bash`. */
export function gitInMagics(source: string): GitCommand {
	const cell = /^\s*%%(?:bash|sh|sx|system|!|script[ \t]+\S*sh\b)[^\n]*\n([\s\S]*)$/.exec(source)?.[1];
	if (cell !== undefined) return gitInShell(cell);
	const lines = [...source.matchAll(/^[ \t]*(?:[\p{L}_][\p{L}\p{N}_, \t]*=[ \t]*)?(?:!{1,2}|%s(?:x|ystem)[ \t])(.*)$/gmu)];
	return strongest(lines.map(([, line = '']) => gitInShell(line)));
}
