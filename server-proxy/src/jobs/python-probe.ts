import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { isDiskFull } from '../durable/file-errors.ts';

/** A kernel that a Python's Jupyter would list. */
export interface ProbedKernel {
	readonly displayName: string | null;
	readonly language: string | null;
	/** Program that it starts; absolute where it is Python itself. */
	readonly program: string | null;
}

/** What a Python has. */
export interface PythonProbe {
	readonly executable: string;
	readonly version: readonly [number, number];
	/** Whether the runner can speak to kernels with it. */
	readonly zmq: boolean;
	/** By name in lower case, as Jupyter finds them; null where the runner could not be asked. */
	readonly kernels: Readonly<Record<string, ProbedKernel>> | null;
	/** Names that can be imported, as far as they are to be seen in its folders. */
	readonly modules: readonly string[];
	/** Files and folders whose change means that all this may be different. */
	readonly watched: readonly string[];
}

/** A probe, or why there is none. */
export type ProbeAnswer = { readonly probe: PythonProbe; readonly problem: null } | { readonly probe: null; readonly problem: string };

// Standard library only, and quick: it looks into folders and imports nothing of the environment.
const script = `
import json, os, sys
runner = sys.argv[1]
cwd = os.getcwd()
sys.path[:] = [p for p in sys.path if p and os.path.abspath(p) != cwd]
modules = set(sys.builtin_module_names) | set(getattr(sys, "stdlib_module_names", ()))
watched = [sys.executable, os.path.join(sys.prefix, "pyvenv.cfg")]
endings = (".py", ".pyc", ".so", ".pyd")
for folder in sys.path:
    watched.append(folder)
    try:
        entries = list(os.scandir(folder))
    except OSError:
        continue
    for entry in entries:
        name = entry.name.split(".")[0]
        if name.isidentifier() and (entry.name.endswith(endings) or "." not in entry.name):
            modules.add(name)
kernels = None
if sys.version_info >= (3, 9):
    try:
        sys.path.insert(0, runner)
        from nightlog_runner import kernel_spec
        kernels = {}
        watched += kernel_spec.kernel_folders()
        names = set(kernel_spec.installed()) | {kernel_spec.NATIVE}
        for name in sorted(names):
            try:
                spec = kernel_spec.find_kernel_spec(name)
                kernels[name] = {"displayName": spec.display_name, "language": spec.language, "program": spec.command("")[0]}
            except Exception:
                pass
    except ImportError:
        kernels = None
print(json.dumps({"executable": sys.executable, "version": list(sys.version_info[:2]), "zmq": "zmq" in modules, "kernels": kernels,
                  "modules": sorted(modules), "watched": watched}))
`;

const findScript = `
import importlib.util, json, os, sys
cwd = os.getcwd()
sys.path[:] = [p for p in sys.path if p and os.path.abspath(p) != cwd]
missing = []
for name in sys.argv[1:]:
    try:
        found = importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        found = name in sys.modules
    if not found:
        missing.append(name)
print(json.dumps(missing))
`;

const timeoutMs = 60_000;
/** Within this time nobody installs a package and submits a job that needs it. */
const freshMs = 1000;

interface Known {
	readonly fingerprint: string;
	readonly probe: PythonProbe;
	lookedAt: number;
	/** Names that were asked for one by one, and whether they are missing. */
	readonly asked: Map<string, boolean>;
}

/** What a prober needs. */
export interface ProberOptions {
	/** Absolute path of `runner.pyz`, which knows where Jupyter looks for kernels. */
	readonly runner: string;
	/** The environment in which jobs are started. */
	readonly environment: Readonly<Record<string, string>>;
	/** Remembers probes between starts of the server; null for who asks once. */
	readonly database: DatabaseSync | null;
}

/** Asks Pythons what they have, and remembers it until one of the folders that say so has changed. */
export class PythonProber {
	readonly #options: ProberOptions;
	readonly #known = new Map<string, Known>();
	readonly #asking = new Map<string, Promise<ProbeAnswer>>();

	constructor(options: ProberOptions) {
		this.#options = options;
	}

	/** What this Python has; those who ask meanwhile get the same answer. */
	probe(python: string): Promise<ProbeAnswer> {
		const asking = this.#asking.get(python) ?? this.#probe(python).finally(() => this.#asking.delete(python));
		this.#asking.set(python, asking);
		return asking;
	}

	/** Which of these names this Python cannot import: asked of its own import system, so that what finders and `.pth` files add counts. */
	async missing(python: string, names: readonly string[]): Promise<string[]> {
		const known = this.#known.get(python);
		if (known === undefined) return [];
		const modules = new Set(known.probe.modules);
		const doubtful = names.filter((name) => !modules.has(name));
		const unasked = doubtful.filter((name) => !known.asked.has(name));
		if (unasked.length > 0) {
			const answer = await this.#run(python, ['-c', findScript, ...unasked]);
			if (answer.text === null) return [];
			const missing = new Set(JSON.parse(answer.text) as string[]);
			for (const name of unasked) known.asked.set(name, missing.has(name));
		}
		return doubtful.filter((name) => known.asked.get(name) === true);
	}

	async #probe(python: string): Promise<ProbeAnswer> {
		const known = this.#known.get(python) ?? this.#remembered(python);
		if (known !== null && performance.now() - known.lookedAt < freshMs) return { probe: known.probe, problem: null };
		if (known !== null && known.fingerprint === (await fingerprintOf(known.probe.watched))) {
			known.lookedAt = performance.now();
			this.#known.set(python, known);
			return { probe: known.probe, problem: null };
		}
		const answer = await this.#run(python, ['-c', script, this.#options.runner]);
		if (answer.text === null) return { probe: null, problem: answer.problem };
		let probe: PythonProbe;
		try {
			probe = JSON.parse(answer.text) as PythonProbe;
		} catch {
			return { probe: null, problem: `${python} does not answer like a Python.` };
		}
		const fingerprint = await fingerprintOf(probe.watched);
		this.#known.set(python, { fingerprint, probe, lookedAt: performance.now(), asked: new Map() });
		this.#remember(python, fingerprint, probe);
		return { probe, problem: null };
	}

	#remember(python: string, fingerprint: string, probe: PythonProbe): void {
		const sql = `INSERT INTO job_pythons (python, fingerprint, probe) VALUES (?, ?, ?)
			ON CONFLICT (python) DO UPDATE SET fingerprint = excluded.fingerprint, probe = excluded.probe`;
		try {
			this.#options.database?.prepare(sql).run(python, fingerprint, JSON.stringify(probe));
		} catch (error) {
			// What is not remembered on a full disk is asked again; whether the request can be stored is another question.
			if (!isDiskFull(error)) throw error;
		}
	}

	#remembered(python: string): Known | null {
		const row = this.#options.database?.prepare('SELECT fingerprint, probe FROM job_pythons WHERE python = ?').get(python);
		if (row === undefined) return null;
		return {
			fingerprint: String(row.fingerprint),
			probe: JSON.parse(String(row.probe)) as PythonProbe,
			lookedAt: Number.NEGATIVE_INFINITY,
			asked: new Map(),
		};
	}

	#run(python: string, arguments_: readonly string[]): Promise<{ text: string; problem: null } | { text: null; problem: string }> {
		return new Promise((resolve) => {
			const settings = {
				env: { ...this.#options.environment },
				cwd: '/',
				timeout: timeoutMs,
				maxBuffer: 16 * 1024 * 1024,
				encoding: 'utf8' as const,
			};
			execFile(python, [...arguments_], settings, (error, stdout) => {
				if (error === null) resolve({ text: stdout, problem: null });
				else resolve({ text: null, problem: `${python} could not be started: ${error.message.split('\n')[0] ?? ''}` });
			});
		});
	}
}

/** Changes when one of these is changed, made or removed. */
async function fingerprintOf(files: readonly string[]): Promise<string> {
	const states = await Promise.all(
		files.map(async (file) => {
			const found = await stat(file).catch(() => null);
			return found === null ? '-' : `${found.mtimeMs}:${found.ino}`;
		}),
	);
	return states.join(' ');
}
