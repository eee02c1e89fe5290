import type { PythonImport } from './python-imports.ts';

/** The files among which modules are looked for. Paths are relative to the project, with '/'; '' is the project itself. */
export interface ModuleFiles {
	/** What is at a path; null where nothing is. */
	kindOf(path: string): Promise<'file' | 'folder' | null>;
	/** What a module or a notebook imports; empty where it cannot be read. */
	importsOf(path: string): Promise<readonly PythonImport[]>;
}

/** Where imports begin. */
export interface ImportRoot {
	/** The notebook's folder relative to the project, '' for the project itself. */
	readonly folder: string;
	/** What its cells import, in their order. */
	readonly imports: readonly PythonImport[];
}

/** Local modules that a notebook needs. */
export interface FoundModules {
	/** Relative to the project; sorted. */
	readonly files: readonly string[];
	/** Where modules are looked for outside the project, as paths that begin with `../` or `/`; sorted. Nothing there was looked at. */
	readonly outside: readonly string[];
}

/** Far more modules than a version may hold; so many that what is left out can be said. */
const mostModules = 10_000;

/**
 * Follows a notebook's imports through the modules of its project. A module is looked for where Python does: in the notebook's folder, in folders that
 * its cells add to `sys.path`, then where a project that is installed from its folder has its packages, at the project's top and in `src`. What is found
 * nowhere there is a module of the environment. Packages bring the `__init__.py` of each level; circles end.
 */
export async function findImports(root: ImportRoot, files: ModuleFiles): Promise<FoundModules> {
	const outside = new Set<string>();
	const searched = new Set([root.folder]);
	const search = (path: string): void => {
		const folder = path.startsWith('/') ? null : resolvePath(root.folder, path);
		if (folder === null) outside.add(path);
		else searched.add(folder);
	};
	for (const each of root.imports) if (each.kind === 'folder') search(each.path);
	for (const folder of ['', 'src']) searched.add(folder);

	const found = new Set<string>();
	const waiting: { readonly path: string; readonly package: string }[] = [];
	const take = (path: string, packageFolder: string): void => {
		if (found.has(path) || found.size >= mostModules) return;
		found.add(path);
		waiting.push({ path, package: packageFolder });
	};

	/** Takes a module and the packages above it; answers the folder in which its members are looked for, null where there is none. */
	async function takeModule(start: string, name: readonly string[]): Promise<string | null> {
		let folder = start;
		for (const part of name) {
			const inner = joinPath(folder, part);
			const isFolder = (await files.kindOf(inner)) === 'folder';
			if (isFolder && (await takeFile(joinPath(inner, '__init__.py'), inner))) folder = inner;
			else if (await takeFile(`${inner}.py`, folder)) return null;
			else if (isFolder) folder = inner;
			else return null;
		}
		return folder;
	}

	async function takeFile(path: string, packageFolder: string): Promise<boolean> {
		if ((await files.kindOf(path)) !== 'file') return false;
		take(path, packageFolder);
		return true;
	}

	/** Whether a folder has a module or package of this name. */
	async function hasModule(folder: string, name: string): Promise<boolean> {
		const inner = joinPath(folder, name);
		if ((await files.kindOf(`${inner}.py`)) === 'file') return true;
		return (await files.kindOf(inner)) === 'folder';
	}

	async function follow(imports: readonly PythonImport[], packageFolder: string): Promise<void> {
		for (const each of imports) {
			if (each.kind === 'folder') {
				search(each.path);
				continue;
			}
			if (each.kind === 'file') {
				const path = each.path.startsWith('/') ? null : resolvePath(root.folder, each.path);
				if (path === null) outside.add(each.path);
				else if ((await files.kindOf(path)) === 'file') {
					// A file that is run finds the modules beside it.
					searched.add(parentOf(path));
					take(path, parentOf(path));
				}
				continue;
			}
			const start = each.level > 0 ? resolvePath(packageFolder, '../'.repeat(each.level - 1)) : await startOf(each.name[0] ?? '');
			if (start === null) continue;
			const folder = await takeModule(start, each.name);
			if (folder === null) continue;
			for (const member of each.members) if (await hasModule(folder, member)) await takeModule(folder, [member]);
		}
	}

	async function startOf(name: string): Promise<string | null> {
		let namespace: string | null = null;
		for (const folder of searched) {
			const inner = joinPath(folder, name);
			if ((await files.kindOf(`${inner}.py`)) === 'file') return folder;
			if ((await files.kindOf(inner)) !== 'folder') continue;
			if ((await files.kindOf(joinPath(inner, '__init__.py'))) === 'file') return folder;
			// A folder without `__init__.py` is only a package where nothing else has the name.
			namespace ??= folder;
		}
		return namespace;
	}

	await follow(root.imports, root.folder);
	for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await follow(await files.importsOf(next.path), next.package);
	return { files: [...found].sort(), outside: [...outside].sort() };
}

function joinPath(folder: string, name: string): string {
	return folder === '' ? name : `${folder}/${name}`;
}

function parentOf(path: string): string {
	return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

/** A path from a folder, without `.` and `..`; null where it leaves the project. */
export function resolvePath(folder: string, path: string): string | null {
	const parts = folder === '' ? [] : folder.split('/');
	for (const part of path.split('/')) {
		if (part === '' || part === '.') continue;
		if (part !== '..') parts.push(part);
		else if (parts.pop() === undefined) return null;
	}
	return parts.join('/');
}
