import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createBackendRegistry } from '../backends/registry.ts';
import { isLocked } from '../configuration/is-locked.ts';
import { AcceptedLog } from '../jobs/accepted-log.ts';
import { systemClock } from '../jobs/job-clock.ts';
import { createJobService } from '../jobs/job-service.ts';
import { programFolder } from '../program-folder.ts';
import { createVersionService } from '../versions/version-service.ts';
import { checkoutPython } from './checkout-python.ts';
import { readGitPerson } from './git-person.ts';
import type { ServiceContext, Services } from './service-context.ts';

/** The services of a server: versions, jobs, and the backends that jobs run on. */
export async function openServices(context: ServiceContext): Promise<Services> {
	const { stateFolder, database, configuration, host, log } = context;
	const { env, home } = host.surroundings;
	const [person, machineId] = await Promise.all([readGitPerson(home, env), readMachineId(host.processes.host)]);
	const versions = createVersionService({
		stateFolder,
		database,
		clock: () => host.now().getTime(),
		random: (length) => host.random(length),
		environment: { home, temporaryFolder: os.tmpdir(), userName: os.userInfo().username, machineId, gitEmail: person.email, gitName: person.name },
		log: (message, facts) => log.write('info', message, facts),
	});
	const runner = path.join(programFolder(), 'runner.pyz');
	const backends = createBackendRegistry({
		configuration: configuration.backends ?? {},
		isLocked: (name, key) => isLocked(configuration.locked ?? [], ['backends', name, key]),
		runner,
		environment: env,
		log,
	});
	const jobs =
		context.guestJobs ??
		(await createJobService({
			stateFolder,
			database,
			accepted: await openAcceptedLog(stateFolder, host),
			versions,
			backends,
			clock: systemClock,
			random: (length) => host.random(length),
			assertLease: context.assertLease,
			log,
			retention: { days: configuration.jobs?.retentionDays ?? 30 },
			environment: env,
			fallbackPython: checkoutPython(programFolder(), env, home),
		}));
	return {
		versions,
		jobs,
		backends: () => backends.describe(),
		async dispose() {
			await jobs.dispose();
			await backends.dispose();
			await versions.dispose();
		},
	};
}

/** Where each call is a wait, new jobs are written down in a log first; and what is left in one counts, wherever the store lies now. */
async function openAcceptedLog(stateFolder: string, host: ServiceContext['host']): Promise<AcceptedLog | null> {
	const file = path.join(stateFolder, 'accepted.jsonl');
	const isLeft = existsSync(file) && statSync(file).size > 0;
	return isLeft || (await host.fileSystemOf(stateFolder)) === 'network' ? new AcceptedLog(file) : null;
}

/** Source: machine-id(5). */
async function readMachineId(hostName: string): Promise<string> {
	const text = await readFile('/etc/machine-id', 'utf8').catch(() => '');
	return /^[0-9a-f]{32}$/.test(text.trim()) ? text.trim() : hostName;
}
