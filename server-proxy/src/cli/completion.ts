import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Command, Option } from 'commander';

const shells = ['bash', 'zsh', 'fish'] as const;

/** A command with what can follow it. */
interface Completable {
	/** Words from the program's name on: `config show`. */
	readonly words: readonly string[];
	readonly description: string;
	readonly children: readonly string[];
	readonly options: readonly Option[];
}

function completables(command: Command, words: readonly string[] = []): Completable[] {
	const children = command.commands.filter((child) => child.name() !== 'help');
	return [
		{ words, description: command.description(), children: children.map((child) => child.name()), options: command.options },
		...children.flatMap((child) => completables(child, [...words, child.name()])),
	];
}

const flagsOf = (option: Option): string[] => [option.short, option.long].flatMap((flag) => (flag === undefined || flag === null ? [] : [flag]));

/**
 * A script that completes commands and options, and files after them.
 *
 * @throws NightlogError `command/invalid-option` (400) for a shell that is not known
 */
export function completionScript(program: Command, shell: string): string {
	const all = completables(program);
	switch (shell) {
		case 'bash':
			return bashScript(all);
		case 'zsh':
			return `#compdef nightlog\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(all)}`;
		case 'fish':
			return fishScript(all);
		default:
			throw new NightlogError('command/invalid-option', `There is completion for ${shells.join(', ')}, not for "${shell}".`, { status: 400 });
	}
}

function bashScript(all: readonly Completable[]): string {
	const cases = all.map(({ words, children, options }) => {
		const candidates = [...children, ...options.flatMap(flagsOf)].join(' ');
		return `\t\t'${words.join(' ')}') candidates='${candidates}' ;;`;
	});
	const groups = all.filter(({ words, children }) => words.length > 0 && children.length > 0).map(({ words }) => words.join(' '));
	return `_nightlog() {
	local current="\${COMP_WORDS[COMP_CWORD]}" command='' index word candidates=''
	for ((index = 1; index < COMP_CWORD; index++)); do
		word="\${COMP_WORDS[index]}"
		case "$word" in -*) continue ;; esac
		if [ -z "$command" ]; then command="$word"
		elif case " $command " in ${groups.map((group) => `' ${group} '`).join('|')}) true ;; *) false ;; esac; then command="$command $word"; break
		else break
		fi
	done
	case "$command" in
${cases.join('\n')}
	esac
	COMPREPLY=()
	while IFS= read -r word; do [ -n "$word" ] && COMPREPLY+=("$word"); done < <(compgen -W "$candidates" -- "$current")
	case "$current" in -*) ;; *) [ -n "$command" ] && while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current") ;; esac
}
complete -o filenames -F _nightlog nightlog
`;
}

function fishScript(all: readonly Completable[]): string {
	const lines = [];
	for (const { words, children, options } of all) {
		const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
		const none = words.length === 0 ? '__fish_use_subcommand' : `${seen}; and not __fish_seen_subcommand_from ${children.join(' ')}`;
		for (const child of children) {
			const about = all.find((each) => each.words.join(' ') === [...words, child].join(' '))?.description ?? '';
			lines.push(`complete -c nightlog ${words.length === 0 ? '-f ' : ''}-n '${none}' -a ${child} -d '${quoted(about)}'`);
		}
		for (const option of options) {
			const condition = words.length === 0 ? '__fish_use_subcommand' : seen;
			const flags = [option.short?.replace(/^-/, '-s '), option.long?.replace(/^--/, '-l ')].filter((flag) => flag !== undefined).join(' ');
			lines.push(`complete -c nightlog -n '${condition}' ${flags}${option.required ? ' -r' : ''} -d '${quoted(option.description)}'`);
		}
	}
	return `${lines.join('\n')}\n`;
}

const quoted = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
