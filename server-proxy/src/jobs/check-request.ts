import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { CommitOid } from '@nightlog/shared/base/ids';
import { isNightlogError, NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Finding } from '@nightlog/shared/jobs/finding';
import type { CellSelection, JobCheck, Resources } from '@nightlog/shared/jobs/job-schema';
import { createNotebookValidator } from '@nightlog/shared/notebook/notebook-validator';
import { checkParameters } from '@nightlog/shared/parameters/check-parameters';
import { planInjection } from '@nightlog/shared/parameters/inject-parameters';
import { jobEnvironment } from '../backends/job-environment.ts';
import type { BackendRegistry } from '../backends/registry.ts';
import { pythonLocked } from '../configuration/python-locked.ts';
import type { VersionService } from '../services.ts';
import { checkPython } from './check-python.ts';
import { checkRepository } from './check-repository.ts';
import { checkFiles, checkImports, type SeenParameters, type Surroundings } from './check-uses.ts';
import { type ChosenPython, choosePython } from './choose-python.ts';
import type { JobWork } from './job-record.ts';
import { type CodeCell, type NotebookFacts, readFacts } from './notebook-facts.ts';
import { PythonProber } from './python-probe.ts';

/** A request that passed, with all that is stored of it. */
export interface JobPlan
	extends Pick<JobWork, 'notebookPath' | 'python' | 'requestedPython' | 'kernelName' | 'nativeKernel' | 'injected' | 'outside'> {
	readonly name: string;
	readonly version: CommitOid;
	readonly project: string;
	readonly notebook: string;
	readonly cells: CellSelection;
	readonly total: number;
	readonly parameters: Record<string, unknown>;
	readonly backend: string;
	readonly resources: Resources;
}

/** What a check found; `plan` is null exactly where a finding is an error, and where there is no version yet. */
export interface CheckedRequest {
	readonly findings: readonly Finding[];
	readonly plan: JobPlan | null;
}

/** What checks need of the outside. */
export interface CheckerOptions {
	readonly versions: VersionService;
	readonly backends: BackendRegistry;
	readonly database: DatabaseSync;
	readonly environment: Readonly<Record<string, string | undefined>>;
	readonly fallbackPython: string | null;
}

const mostFacts = 16;

/** Checks requests before anything is stored. What cannot change (a version) or seldom does (a Python) is looked at once. */
export class RequestChecker {
	readonly #options: CheckerOptions;
	readonly #facts = new Map<string, Promise<NotebookFacts>>();
	readonly #prober: PythonProber;
	readonly #validate = createNotebookValidator();

	constructor(options: CheckerOptions) {
		this.#options = options;
		const environment = jobEnvironment(options.environment, [], { id: 'probe', cpus: null });
		this.#prober = new PythonProber({ runner: options.backends.runner, environment, database: options.database });
	}

	/** @throws what `VersionService.get` throws of a version that is not there: a client finds its successor in it */
	async check(request: JobCheck, signal: AbortSignal): Promise<CheckedRequest> {
		const findings: Finding[] = [];
		const add = (code: string, message: string, where: string | null, cell: string | null = null) =>
			findings.push({ code, severity: 'error', message, cell, path: where });
		const { backends } = this.#options;
		const backend = request.backend ?? backends.defaultName;
		if (backend === null || !backends.names.includes(backend)) {
			const names = backends.names.join(', ');
			add(
				'job/unknown-backend',
				`There is no place to run named ${JSON.stringify(backend ?? '')}; there ${backends.names.length === 1 ? 'is' : 'are'} ${names}.`,
				'/backend',
			);
		}
		let facts: NotebookFacts;
		try {
			facts = await this.#factsOf(request.version as CommitOid | undefined, request.notebook, signal);
		} catch (error) {
			if (!isNightlogError(error, 'job/notebook-unreadable')) throw error;
			add(error.code, error.message, '/version');
			return { findings, plan: null };
		}
		findings.push(...facts.findings);
		const selection = chooseCells(facts, request.cells ?? 'all', add);
		const parameters = request.parameters ?? {};
		const unfit = checkParameters(parameters, facts.found);
		const injection = unfit.length > 0 ? { value: null, findings: unfit } : planInjection(facts.notebook as never, parameters, facts.found);
		findings.push(...injection.findings);
		const resources: Resources = { cpus: null, memoryBytes: null, gpus: null, wallTimeSeconds: null, ...request.resources };
		const { detail } = facts;
		const notebookPath = path.join(detail.project, ...detail.notebook.split('/'));
		const around = {
			project: detail.project,
			folder: path.dirname(notebookPath),
			files: new Set(detail.files.map((file) => path.join(detail.project, ...file.path.split('/')))),
		};
		const files = await checkFiles(selection.cells, seenParameters(facts, parameters), around);
		findings.push(...files.findings, ...(await checkRepository(selection.cells, around.folder)));
		for (const name of ['python', 'exactPython'] as const) {
			const python = request[name];
			if (python !== undefined && (!path.isAbsolute(python) || python.includes('\0')))
				add('job/python-not-absolute', 'Name the Python by its absolute path.', `/${name}`);
		}
		if (findings.some(({ code }) => code === 'job/python-not-absolute')) return { findings, plan: null };
		let chosen: ChosenPython | null = null;
		if (backend !== null && backends.names.includes(backend)) {
			if (request.exactPython !== undefined && backends.fixesPython(backend)) add('job/python-locked', pythonLocked(backend), '/exactPython');
			else if (backends.typeOf(backend) === 'local') chosen = await this.#checkPython(request, backend, facts, selection.cells, around, findings);
			findings.push(...(await this.#checkBackend(backend, resources, chosen, facts.kernelName, signal)));
		}
		if (backend === null || request.version === undefined || findings.some(({ severity }) => severity === 'error')) return { findings, plan: null };
		return {
			findings,
			plan: {
				name: request.name ?? path.basename(detail.notebook).replace(/\.ipynb$/, ''),
				version: request.version as CommitOid,
				project: detail.project,
				notebook: detail.notebook,
				notebookPath,
				cells: selection.ids,
				total: selection.cells.length,
				parameters,
				backend,
				resources,
				python: chosen?.python ?? null,
				requestedPython: request.python ?? null,
				kernelName: facts.kernelName,
				nativeKernel: chosen !== null && takesOwnKernel(request, facts),
				injected: injection.value,
				outside: files.outside,
			},
		};
	}

	async #checkPython(
		request: JobCheck,
		backend: string,
		facts: NotebookFacts,
		cells: readonly CodeCell[],
		around: Surroundings,
		findings: Finding[],
	): Promise<ChosenPython> {
		const { kernelName } = facts;
		const { environment, fallbackPython } = this.#options;
		const sources = {
			configured: request.exactPython === undefined ? this.#options.backends.pythonOf(backend) : null,
			requested: request.exactPython ?? request.python ?? null,
			environment,
			fallback: fallbackPython,
		};
		const chosen = await choosePython(sources, kernelName, (python) => this.#prober.probe(python));
		const isNative = takesOwnKernel(request, facts);
		const problems = checkPython(chosen, isNative ? null : kernelName);
		findings.push(...problems);
		if (chosen.probe === null || problems.some(({ severity }) => severity === 'error') || !facts.isPython) return chosen;
		const listed = isNative ? undefined : chosen.probe.kernels?.[kernelName.toLowerCase()];
		const program = listed?.program ?? chosen.probe.executable;
		// The kernel may be another Python than the one that lists it.
		const imports = program === chosen.probe.executable ? chosen.python : /^python[0-9.]*$/.test(path.basename(program)) ? program : null;
		if (imports === null || (imports !== chosen.python && (await this.#prober.probe(imports)).probe === null)) return chosen;
		findings.push(...(await checkImports(cells, around, imports, (names) => this.#prober.missing(imports, names))));
		return chosen;
	}

	async #checkBackend(
		name: string,
		resources: Resources,
		chosen: ChosenPython | null,
		kernelName: string,
		signal: AbortSignal,
	): Promise<readonly Finding[]> {
		try {
			const backend = await this.#options.backends.get(name);
			return await backend.check({ resources, python: chosen?.python ?? null, kernelName }, signal);
		} catch (error) {
			if (!(error instanceof NightlogError)) throw error;
			// One that cannot be asked now can still take the job later; one that is not there for us cannot.
			const severity = error.code === 'backend/unreachable' ? 'warning' : 'error';
			return [{ code: error.code, severity, message: error.message, cell: null, path: '/backend' }];
		}
	}

	async #factsOf(version: CommitOid | undefined, notebook: string, signal: AbortSignal): Promise<NotebookFacts> {
		const { versions } = this.#options;
		if (version === undefined) return readFacts(versions.preview(notebook, signal), this.#validate);
		const key = `${version}\n${notebook}`;
		const known = this.#facts.get(key);
		if (known !== undefined) {
			this.#facts.delete(key);
			this.#facts.set(key, known);
			return known;
		}
		const facts = readFacts(versions.readCode(version, notebook, signal), this.#validate);
		this.#facts.set(key, facts);
		facts.catch(() => this.#facts.delete(key));
		const oldest = this.#facts.keys().next().value;
		if (this.#facts.size > mostFacts && oldest !== undefined) this.#facts.delete(oldest);
		return facts;
	}
}

/**
 * Whether the kernel is that of the Python itself: a kernelspec of this name, or one that goes before the environment's own, may lead back to the
 * environment that was to be replaced.
 */
function takesOwnKernel({ exactPython }: JobCheck, { isPython }: NotebookFacts): boolean {
	return exactPython !== undefined && isPython;
}

function seenParameters({ found }: NotebookFacts, given: Readonly<Record<string, unknown>>): SeenParameters {
	const defaults = found.parameters.map(({ name, default: value }) => [name, value] as const);
	return { values: new Map<string, unknown>([...defaults, ...Object.entries(given)]), given: new Set(Object.keys(given)), cell: found.cell };
}

/** The cells that run, in the notebook's order. */
function chooseCells(
	facts: NotebookFacts,
	asked: CellSelection,
	add: (code: string, message: string, where: string, cell: string | null) => void,
): { ids: CellSelection; cells: readonly CodeCell[] } {
	if (asked === 'all') return { ids: 'all', cells: facts.codeCells };
	const wanted = new Set(asked);
	const code = new Set(facts.codeCells.map(({ id }) => id));
	asked.forEach((id, index) => {
		if (code.has(id)) return;
		const shown = JSON.stringify(id);
		if (facts.cellIds.has(id)) add('job/not-a-code-cell', `The cell ${shown} holds no code: leave it out.`, `/cells/${index}`, id);
		else add('job/unknown-cell', `The version has no cell ${shown}.`, `/cells/${index}`, null);
	});
	const cells = facts.codeCells.filter(({ id }) => wanted.has(id));
	return { ids: cells.map(({ id }) => id), cells };
}
