import type { Finding } from '@nightlog/shared/jobs/finding';
import type { Resources } from '@nightlog/shared/jobs/job-schema';
import type { BackendCapabilities, BackendLimits } from '../backend.ts';

/** What of the resources asked for this machine cannot give. */
export function checkLocalResources(asked: Resources, capabilities: BackendCapabilities, limits: BackendLimits): Finding[] {
	const findings: Finding[] = [];
	const add = (severity: Finding['severity'], what: string, message: string, field: string) =>
		findings.push({ code: `job/${what}`, severity, message, cell: null, path: `/resources/${field}` });
	if (asked.cpus !== null && limits.cpus !== null && asked.cpus > limits.cpus) {
		add('error', 'too-many-cpus', `This machine has ${limits.cpus} processors; ask for at most that many.`, 'cpus');
	} else if (asked.cpus !== null && !capabilities.cpuLimit) {
		add(
			'information',
			'cpus-not-limited',
			'The number of processors is told to the libraries, but this machine does not let it be enforced.',
			'cpus',
		);
	}
	if (asked.memoryBytes !== null && limits.memoryBytes !== null && asked.memoryBytes > limits.memoryBytes) {
		add('error', 'too-much-memory', `This machine has ${gigabytes(limits.memoryBytes)} of memory; ask for less.`, 'memoryBytes');
	} else if (asked.memoryBytes !== null && !capabilities.memoryLimit) {
		add('warning', 'memory-not-limited', 'This machine does not let memory be limited; the job can use more than was asked for.', 'memoryBytes');
	}
	if (asked.gpus !== null && asked.gpus > 0 && !capabilities.gpus) {
		add('error', 'no-gpus', 'Local jobs are not given GPUs of their own; they use what this machine has. Leave the number out.', 'gpus');
	}
	return findings;
}

function gigabytes(bytes: number): string {
	return `${(bytes / 1e9).toFixed(1)} GB`;
}
