import type { BackendInfo } from '@nightlog/shared/api/backend-info';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Static } from '@sinclair/typebox';
import { errorFields } from '../log/open-log.ts';
import type { Backend } from './backend.ts';
import type { BackendConfiguration, BackendOptions } from './backend-options.ts';

/** What backends are made from. */
export interface RegistryOptions extends BackendOptions {
	/** In the order of the configuration; the first is the default. */
	readonly configuration: Readonly<Record<string, BackendConfiguration>>;
	/** Whether the site forbids that a request decides this key of a backend; nothing is forbidden where it is left out. */
	readonly isLocked?: (name: string, key: string) => boolean;
}

/** The places where jobs can run. */
export interface BackendRegistry {
	/** In the order of the configuration. */
	readonly names: readonly string[];
	readonly defaultName: string | null;
	/** The type that the configuration gives a backend; null where there is none of that name. */
	typeOf(name: string): string | null;
	/** Absolute path of `runner.pyz`. */
	readonly runner: string;
	/** The Python that the configuration names for jobs there. */
	pythonOf(name: string): string | null;
	/** Whether the site forbids jobs there to use any other Python. */
	fixesPython(name: string): boolean;
	/** Loads a backend on its first use. @throws NightlogError `backend/not-configured`, `backend/not-available` */
	get(name: string): Promise<Backend>;
	/** What the API says of them. */
	describe(): Promise<Static<typeof BackendInfo>[]>;
	dispose(): Promise<void>;
}

type Load = (name: string, configuration: BackendConfiguration, options: BackendOptions) => Promise<Backend>;

/** One line per type of backend; each is loaded on its first use. */
const loaders: Readonly<Record<string, Load>> = {
	local: async (name, configuration, options) =>
		(await import('./local/create-local-backend.ts')).createConfiguredLocalBackend(name, configuration, options),
};

/** The backends of this configuration. */
export function createBackendRegistry(options: RegistryOptions): BackendRegistry {
	const { configuration } = options;
	const names = Object.keys(configuration);
	const loaded = new Map<string, Promise<Backend>>();

	const load = async (name: string): Promise<Backend> => {
		const own = Object.hasOwn(configuration, name) ? configuration[name] : undefined;
		if (own === undefined) {
			throw new NightlogError('backend/not-configured', `No backend is named ${JSON.stringify(name)} in the configuration.`, {
				status: 503,
				retryable: true,
			});
		}
		const loader = Object.hasOwn(loaders, own.type) ? loaders[own.type] : undefined;
		if (loader === undefined) {
			const message = `This version of Nightlog cannot run jobs on a backend of the type ${JSON.stringify(own.type)}.`;
			throw new NightlogError('backend/not-available', message, { status: 503, retryable: true });
		}
		return loader(name, own, options);
	};
	const get = (name: string): Promise<Backend> => {
		const known = loaded.get(name);
		if (known !== undefined) return known;
		const backend = load(name);
		loaded.set(name, backend);
		// What failed is tried anew the next time.
		backend.catch(() => loaded.delete(name));
		return backend;
	};
	return {
		names,
		runner: options.runner,
		defaultName: names[0] ?? null,
		typeOf: (name) => (Object.hasOwn(configuration, name) ? (configuration[name]?.type ?? null) : null),
		pythonOf: (name) => (Object.hasOwn(configuration, name) ? (configuration[name]?.python ?? null) : null),
		fixesPython: (name) => options.isLocked?.(name, 'python') ?? false,
		get,
		describe: () => Promise.all(names.map((name) => describe(name, configuration[name]?.type ?? '', name === names[0], get, options.log))),
		async dispose() {
			for (const backend of await Promise.allSettled(loaded.values())) if (backend.status === 'fulfilled') await backend.value.dispose();
			loaded.clear();
		},
	};
}

async function describe(
	name: string,
	type: string,
	isDefault: boolean,
	get: BackendRegistry['get'],
	log: BackendOptions['log'],
): Promise<Static<typeof BackendInfo>> {
	const known = type === 'slurm' || type === 'kubernetes' ? type : 'local';
	try {
		const { limits, capabilities, endsWithSession } = await get(name);
		const can = { limits: { ...limits }, capabilities: { ...capabilities } };
		return { name, type: known, default: isDefault, reachable: true, problem: null, ...can, endsWithSession };
	} catch (error) {
		log.write('warning', 'a backend cannot be used', { backend: name, ...errorFields(error) });
		const none = { cpus: null, memoryBytes: null, gpus: null, wallTimeSeconds: null, slots: null };
		const cannot = { cpuLimit: false, memoryLimit: false, gpus: false, wallTime: false, survivesServer: false };
		const problem = error instanceof NightlogError ? error.message : 'It could not be loaded; the server log has the details.';
		return { name, type: known, default: isDefault, reachable: false, problem, limits: none, capabilities: cannot, endsWithSession: null };
	}
}
