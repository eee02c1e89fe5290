/** Variables of the server that a job gets; those that end in `*` stand for all that begin so. Nothing else reaches it, so no token or password does. */
export const allowedVariables: readonly string[] = [
	'PATH',
	'HOME',
	'USER',
	'LOGNAME',
	'SHELL',
	'LANG',
	'LANGUAGE',
	'LC_*',
	'TZ',
	'TMPDIR',
	'VIRTUAL_ENV',
	'CONDA_DEFAULT_ENV',
	'CONDA_PREFIX',
	'CONDA_PREFIX_*',
	'CONDA_SHLVL',
	'CONDA_EXE',
	'CONDA_PYTHON_EXE',
	'PYTHONPATH',
	'LD_LIBRARY_PATH',
	'OMP_NUM_THREADS',
	'CUDA_VISIBLE_DEVICES',
	'CUDA_HOME',
	'JUPYTER_PATH',
	'JUPYTER_DATA_DIR',
	'JUPYTER_CONFIG_DIR',
	'R_LIBS',
	'R_LIBS_USER',
	'XDG_CACHE_HOME',
	'XDG_CONFIG_DIRS',
	'XDG_CONFIG_HOME',
	'XDG_DATA_DIRS',
	'XDG_DATA_HOME',
	'XDG_RUNTIME_DIR',
	'XDG_STATE_HOME',
];

/** Libraries that start as many threads as the machine has processors unless one of these says otherwise. */
const threadVariables = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'NUMEXPR_NUM_THREADS', 'VECLIB_MAXIMUM_THREADS'];

/** Variable by which a job's processes are found, also those that left its process group. */
export const jobVariable = 'NIGHTLOG_JOB';

/**
 * The environment of a job: what is allowed of the server's, and what the job itself adds.
 *
 * @param extra further allowed names from the configuration, with the same `*`
 * @param cpus processors that were asked for; null leaves the number of threads to the libraries
 */
export function jobEnvironment(
	server: Readonly<Record<string, string | undefined>>,
	extra: readonly string[],
	job: { readonly id: string; readonly cpus: number | null },
): Record<string, string> {
	const patterns = [...allowedVariables, ...extra];
	const exact = new Set(patterns.filter((pattern) => !pattern.endsWith('*')));
	const prefixes = patterns.filter((pattern) => pattern.endsWith('*') && pattern.length > 1).map((pattern) => pattern.slice(0, -1));
	const environment: Record<string, string> = {};
	for (const [name, value] of Object.entries(server)) {
		if (value === undefined || name.startsWith('NIGHTLOG_')) continue;
		if (exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix))) environment[name] = value;
	}
	if (job.cpus !== null) {
		const threads = String(Math.max(1, Math.ceil(job.cpus)));
		for (const name of threadVariables) environment[name] = threads;
	}
	environment[jobVariable] = job.id;
	return environment;
}
