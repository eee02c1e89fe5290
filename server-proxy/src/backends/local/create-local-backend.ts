import { existsSync, readFileSync } from 'node:fs';
import type { Backend } from '../backend.ts';
import type { BackendConfiguration, BackendOptions } from '../backend-options.ts';
import { endsWithSession } from './ends-with-session.ts';
import { createLocalBackend } from './local-backend.ts';
import { readBootId } from './process-identity.ts';

const defaultSlots = 2;
const defaultGraceMs = 10_000;
const wallTimeGraceSeconds = 30;

/** The local backend as it is configured. */
export function createConfiguredLocalBackend(name: string, configuration: BackendConfiguration, options: BackendOptions): Backend {
	return createLocalBackend({
		name,
		slots: configuration.slots ?? defaultSlots,
		runner: options.runner,
		environment: options.environment,
		allowedVariables: configuration.environment ?? [],
		protectFolder: configuration.protectFolder ?? true,
		graceMs: options.graceMs ?? defaultGraceMs,
		wallTimeGraceSeconds,
		bootId: readBootId(),
		endsWithSession: endsWithSession({ environment: options.environment, fileExists: existsSync, firstProcess: readArguments(1) }),
		log: options.log,
	});
}

/** Source: proc(5), `/proc/PID/cmdline`; with `hidepid` it is not to be seen. */
function readArguments(pid: number): string[] | null {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
	} catch {
		return null;
	}
}
