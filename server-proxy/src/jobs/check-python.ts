import type { Finding } from '@nightlog/shared/jobs/finding';
import type { ChosenPython } from './choose-python.ts';

/** The kernel of a Python itself, by the name that Jupyter gives it. */
const nativeName = 'python3';

/**
 * What keeps a Python from running a notebook with this kernel, each with what to install.
 *
 * @param wanted the kernelspec; null for the Python's own kernel, whatever kernelspecs name
 */
export function checkPython(chosen: ChosenPython, wanted: string | null): Finding[] {
	const { python, probe, problem, source } = chosen;
	const kernelName = wanted ?? nativeName;
	const finding = (what: string, severity: Finding['severity'], message: string): Finding[] => [
		{ code: `job/${what}`, severity, message, cell: null, path: source === 'request' ? '/python' : null },
	];
	if (python === null) {
		const why = chosen.passedOver === undefined ? undefined : checkPython(chosen.passedOver, wanted)[0];
		return finding(
			'no-python',
			'error',
			`No Python was found that can run a notebook with the kernel “${kernelName}”. Install one where Nightlog looks, for example with "python3 -m venv ~/jobs && ~/jobs/bin/pip install ipykernel", and name it as backends.local.python in the configuration.${why === undefined ? '' : ` What is on the path was passed over: ${why.message}`}`,
		);
	}
	if (probe === null) return finding('python-broken', 'error', problem ?? `${python} could not be asked what it has.`);
	if (probe.version[0] < 3 || (probe.version[0] === 3 && probe.version[1] < 9)) {
		return finding('python-too-old', 'error', `${python} is Python ${probe.version.join('.')}; jobs need 3.9 or newer.`);
	}
	if (!probe.zmq)
		return finding('no-pyzmq', 'error', `${python} has no pyzmq, which jobs need: install it with "${python} -m pip install pyzmq ipykernel".`);
	const install = `install it with "${python} -m pip install ipykernel"`;
	if (wanted === null) {
		return probe.modules.includes('ipykernel_launcher') ? [] : finding('kernel-missing', 'error', `${python} has no kernel of its own: ${install}.`);
	}
	if (probe.kernels === null) return finding('kernels-unknown', 'warning', `${python} could not be asked which kernels it has; the job will tell.`);
	if (Object.hasOwn(probe.kernels, wanted.toLowerCase())) return [];
	const names = Object.keys(probe.kernels);
	const others = names.length === 0 ? 'It has none.' : `It has ${names.join(', ')}.`;
	const way = kernelName === nativeName ? install : 'install it there, or choose another kernel in the notebook';
	return finding('kernel-missing', 'error', `The kernel “${kernelName}” is not installed for ${python}: ${way}. ${others}`);
}
