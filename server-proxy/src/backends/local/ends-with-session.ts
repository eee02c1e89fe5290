/** What of this machine is looked at. */
export interface SessionSigns {
	/** The server's environment. */
	readonly environment: Readonly<Record<string, string | undefined>>;
	fileExists(file: string): boolean;
	/** Arguments of the first process that this one can see; null where they cannot be read. */
	readonly firstProcess: readonly string[] | null;
}

/**
 * What ends all processes of this machine that were begun here, in a sentence; null where nothing is known to.
 *
 * Slurm ends what it started when the allocation is over, also what left its process group (slurm.conf(5), ProctrackType). `SLURM_JOB_ID` alone does not
 * say that it started this: after salloc(1) the shell is still on the login node. `SLURMD_NODENAME` is there only in what runs on a node (sbatch(1),
 * srun(1), OUTPUT ENVIRONMENT VARIABLES).
 *
 * A hub's session is a container with KubeSpawner and DockerSpawner, and a few processes among others with LocalProcessSpawner, which leaves alone what was
 * detached. So both are looked for: `JUPYTERHUB_USER`, which a hub gives to single-user servers and to nothing else (`Spawner.get_env`), and a container.
 * A container whose first process is the hub itself, or one that looks after several programs, may hold everybody's sessions, and outlive each.
 */
export function endsWithSession(signs: SessionSigns): string | null {
	const { environment } = signs;
	if (isSet(environment.SLURM_JOB_ID) && isSet(environment.SLURMD_NODENAME)) {
		const id = environment.SLURM_JOB_ID;
		return `Jobs on this machine end with the Slurm job ${/^\d{1,12}$/.test(id) ? `${id} ` : ''}that this session runs in, at the latest when its time is up.`;
	}
	if (isSet(environment.JUPYTERHUB_USER) && isContainer(signs) && !maySurvive(signs.firstProcess)) {
		return 'Jobs on this machine end when your hub session is stopped, also when it is stopped for being idle.';
	}
	return null;
}

/**
 * Kubernetes tells each container where its own service is ("Container environment", cluster information); Podman makes `/run/.containerenv`
 * (podman-run(1)). `/.dockerenv` is promised by nobody, but there is no other sign of Docker's, whose own code looks for it.
 */
function isContainer({ environment, fileExists }: SessionSigns): boolean {
	return isSet(environment.KUBERNETES_SERVICE_HOST) || ['/.dockerenv', '/run/.containerenv'].some((file) => fileExists(file));
}

function maySurvive(process: readonly string[] | null): boolean {
	if (process === null) return false;
	return process.some((argument) => /(?:^|[\s/])(?:jupyterhub|supervisord|s6-svscan|runsvdir|systemd|init)(?:\s|$)/.test(argument));
}

function isSet(value: string | undefined): value is string {
	return value !== undefined && value !== '';
}
