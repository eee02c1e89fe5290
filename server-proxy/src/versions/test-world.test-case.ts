import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	realpathSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { VersionService } from '../services.ts';
import type { RepositoryEngine } from './repository-engine.ts';
import { createVersionService } from './version-service.ts';
import { versionTables } from './version-tables.ts';

/** A machine's worth of folders for one test, with a clock of its own; everything is gone at its end. */
export interface TestWorld {
	readonly folder: string;
	readonly project: string;
	readonly home: string;
	readonly state: string;
	readonly service: VersionService;
	/** What the services logged. */
	readonly logged: string[];
	/** Milliseconds since 1970, as the service sees it. */
	now: number;
	/** Another server of the same person, with a store of its own. */
	another(engine?: RepositoryEngine): VersionService;
	/** A server that was started anew: it knows what the first one wrote down. */
	startedAnew(): VersionService;
	git(...args: string[]): string;
	/** Writes a file of the project. */
	write(path: string, content: string | Uint8Array): string;
	read(path: string): Buffer;
	/** All of the project but `.git/objects`, `.git/nightlog` and our refs: what must stay as it is. */
	untouched(): Record<string, string>;
	dispose(): Promise<void>;
}

export const signal: AbortSignal = new AbortController().signal;

/** @param git whether the project is a repository with a first commit of `tracked.txt` */
export function openWorld(git = true, engine?: RepositoryEngine): TestWorld {
	const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nightlog-versions-')));
	const home = join(folder, 'home');
	const project = join(home, 'work', 'project');
	const state = join(folder, 'state');
	for (const path of [project, state]) mkdirSync(path, { recursive: true });
	// Homes are often reached through a link.
	const linkedHome = join(folder, 'linked-home');
	const linkedState = join(folder, 'linked-state');
	symlinkSync(home, linkedHome);
	symlinkSync(state, linkedState);
	const services: VersionService[] = [];
	const databases: DatabaseSync[] = [];
	const environment = { PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };
	const run = (...args: string[]) =>
		execFileSync('git', args, { cwd: project, env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
	function serviceOn(database: DatabaseSync, other: RepositoryEngine | undefined): VersionService {
		const service = createVersionService(
			{
				stateFolder: linkedState,
				database,
				clock: () => world.now,
				random: (length) => randomBytes(length),
				environment: {
					home: linkedHome,
					temporaryFolder: '/tmp',
					userName: 'vera',
					machineId: 'machine',
					gitEmail: 'Vera@Example.org',
					gitName: 'Vera Rubin',
				},
				log: (message) => world.logged.push(message),
			},
			...(other === undefined ? [] : [other]),
		);
		services.push(service);
		return service;
	}
	const world: TestWorld = {
		folder,
		project,
		home,
		state,
		now: Date.parse('2026-03-01T20:00:00Z'),
		service: undefined as unknown as VersionService,
		logged: [],
		another(other = engine) {
			const database = new DatabaseSync(':memory:');
			for (const statement of versionTables) database.exec(statement);
			databases.push(database);
			return serviceOn(database, other);
		},
		startedAnew: () => serviceOn(databases[0] as DatabaseSync, engine),
		git: run,
		write(path, content) {
			const file = join(project, path);
			mkdirSync(dirname(file), { recursive: true });
			writeFileSync(file, content);
			return file;
		},
		read: (path) => readFileSync(join(project, path)),
		untouched() {
			const found: Record<string, string> = {};
			const walk = (path: string): void => {
				for (const name of readdirSync(join(project, path)).sort()) {
					const inner = path === '' ? name : `${path}/${name}`;
					if (/^\.git\/(?:objects|nightlog|refs\/nightlog)$/.test(inner)) continue;
					const facts = lstatSync(join(project, inner));
					if (facts.isDirectory()) walk(inner);
					else if (facts.isSymbolicLink()) found[inner] = `-> ${readlinkSync(join(project, inner))}`;
					else found[inner] = `${facts.mode.toString(8)} ${facts.mtimeMs} ${readFileSync(join(project, inner), 'latin1')}`;
				}
			};
			walk('');
			return found;
		},
		async dispose() {
			await Promise.all(services.map((service) => service.dispose()));
			for (const database of databases) database.close();
			rmSync(folder, { recursive: true, force: true });
		},
	};
	if (git) {
		run('init', '-q', '-b', 'main');
		run('config', 'user.name', 'Someone');
		run('config', 'user.email', 'someone@example.org');
		world.write('tracked.txt', 'first\n');
		run('add', '-A');
		run('commit', '-q', '-m', 'first');
	}
	return Object.assign(world, { service: world.another() });
}

/** A cell of `makeNotebook`. */
export interface TestCell {
	readonly source: string;
	readonly count?: number | null;
	readonly image?: string;
	readonly id?: string;
}

/** The text of a notebook as nbformat writes it. */
export function makeNotebook(cells: readonly (TestCell | string)[]): string {
	const written = cells.map((cell, index) => {
		const { source, count = null, image, id = `cell-${index}` } = typeof cell === 'string' ? { source: cell } : cell;
		const outputs =
			image === undefined ? [] : [{ data: { 'image/png': image, 'text/plain': ['<Figure>'] }, metadata: {}, output_type: 'display_data' }];
		return { cell_type: 'code', execution_count: count, id, metadata: {}, outputs, source: source.split(/(?<=\n)/) };
	});
	const document = {
		cells: written,
		metadata: { kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' } },
		nbformat: 4,
		nbformat_minor: 5,
	};
	return `${JSON.stringify(document, null, 1)}\n`;
}
