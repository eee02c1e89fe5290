/** One setting of a Git configuration file, in the order of the file. */
export interface GitConfigEntry {
	/** Lowercase. */
	readonly section: string;
	/** As written; null where the section has none. */
	readonly subsection: string | null;
	/** Lowercase. */
	readonly key: string;
	/** Null for a key without `=`, which Git reads as true. */
	readonly value: string | null;
}

/** A configuration file that was read, with the line (from 1) where Git would refuse it. */
export interface GitConfig {
	readonly entries: readonly GitConfigEntry[];
	readonly problemLine: number | null;
}

/**
 * Reads a Git configuration file (git-config(1), "Syntax"). `include.path` is not followed: Git itself does not follow it for what a repository is
 * (`extensions.*`, `core.bare`, `core.worktree`), and a repository that is not trusted must not name further files for us to read.
 */
export function parseGitConfig(text: string): GitConfig {
	const entries: GitConfigEntry[] = [];
	let section: string | null = null;
	let subsection: string | null = null;
	let offset = text.startsWith('\ufeff') ? 1 : 0;
	const problem = (at: number): GitConfig => ({ entries, problemLine: text.slice(0, at).split('\n').length });
	while (offset < text.length) {
		const character = text.charAt(offset);
		if (/\s/.test(character)) {
			offset += 1;
		} else if (character === '#' || character === ';') {
			const end = text.indexOf('\n', offset);
			offset = end < 0 ? text.length : end + 1;
		} else if (character === '[') {
			const header = /\[(?:([A-Za-z0-9.-]+)[ \t]+"((?:[^"\\\n]|\\[^\n])*)"|([A-Za-z0-9-]+)(?:\.([A-Za-z0-9.-]+))?)\]/y;
			header.lastIndex = offset;
			const match = header.exec(text);
			if (match === null) return problem(offset);
			section = (match[1] ?? match[3] ?? '').toLowerCase();
			subsection = match[2]?.replace(/\\(.)/g, '$1') ?? match[4]?.toLowerCase() ?? null;
			offset = header.lastIndex;
		} else {
			const name = /([A-Za-z][A-Za-z0-9-]*)[ \t]*(?:(=)|(?=\r?\n|$|[#;]))/y;
			name.lastIndex = offset;
			const match = name.exec(text);
			if (match === null || section === null) return problem(offset);
			const key = (match[1] ?? '').toLowerCase();
			if (match[2] === undefined) {
				entries.push({ section, subsection, key, value: null });
				offset = name.lastIndex;
				continue;
			}
			const value = readValue(text, name.lastIndex);
			if (value === null) return problem(offset);
			entries.push({ section, subsection, key, value: value.text });
			offset = value.end;
		}
	}
	return { entries, problemLine: null };
}

/** The last value of a key, which is the one that counts; undefined where it is not set, null where it has no `=`. */
export function configValue(config: GitConfig, section: string, key: string, subsection: string | null = null): string | null | undefined {
	return config.entries.findLast((entry) => entry.section === section && entry.subsection === subsection && entry.key === key)?.value;
}

/** A key as Git reads a truth value; undefined where it is not set or is no truth value. */
export function configFlag(config: GitConfig, section: string, key: string): boolean | undefined {
	const value = configValue(config, section, key);
	if (value === undefined) return undefined;
	if (value === null || /^(?:true|yes|on|[1-9][0-9]*)$/i.test(value)) return true;
	return /^(?:false|no|off|0|)$/i.test(value) ? false : undefined;
}

function readValue(text: string, start: number): { readonly text: string; readonly end: number } | null {
	let value = '';
	let blanks = '';
	let quoted = false;
	let offset = start;
	for (; offset < text.length; offset++) {
		let character = text.charAt(offset);
		if (character === '\r' && text.charAt(offset + 1) === '\n') continue;
		if (character === '\n') return quoted ? null : { text: value, end: offset + 1 };
		if (!quoted && (character === '#' || character === ';')) {
			const end = text.indexOf('\n', offset);
			return { text: value, end: end < 0 ? text.length : end + 1 };
		}
		if (!quoted && (character === ' ' || character === '\t')) {
			if (value !== '') blanks += character;
			continue;
		}
		if (character === '"') {
			quoted = !quoted;
			value += blanks;
			blanks = '';
			continue;
		}
		if (character === '\\') {
			offset += text.startsWith('\r\n', offset + 1) ? 2 : 1;
			const escaped = text.charAt(offset);
			if (escaped === '\n') continue;
			const meaning = { n: '\n', t: '\t', b: '\b', '"': '"', '\\': '\\' }[escaped];
			if (meaning === undefined) return null;
			character = meaning;
		}
		value += blanks + character;
		blanks = '';
	}
	return quoted ? null : { text: value, end: offset };
}
