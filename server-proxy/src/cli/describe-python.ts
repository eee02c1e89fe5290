import type { Finding } from '@nightlog/shared/base/finding';
import { checkPython } from '../jobs/check-python.ts';
import { type ChosenPython, choosePython, type PythonSources } from '../jobs/choose-python.ts';
import type { ProbeAnswer } from '../jobs/python-probe.ts';

/** The kernel of a notebook that JupyterLab makes. */
const kernelName = 'python3';

const sourceWords: Readonly<Record<ChosenPython['source'], string>> = {
	configuration: 'which the configuration names',
	request: "which is this shell's",
	environment: 'whose environment the server runs in',
	path: "which is on the server's path",
	checkout: "which is this checkout's",
	none: '',
};

/** Which Python a job that is submitted from here gets, chosen as the server chooses it, with its kernels; else what keeps that one from running it. */
export async function describePython(sources: PythonSources, backend: string, probe: (python: string) => Promise<ProbeAnswer>): Promise<Finding> {
	const chosen = await choosePython(sources, kernelName, probe);
	const { python, source } = chosen;
	const who = python === null ? '' : `Jobs on ${backend} run with ${python}, ${sourceWords[source]}`;
	const [problem] = checkPython(chosen, kernelName);
	const found = { code: 'diagnose/kernels', cell: null, path: null };
	if (problem !== undefined) return { ...found, severity: 'warning', message: who === '' ? problem.message : `${who}. ${problem.message}` };
	return { ...found, severity: 'information', message: `${who}; it has these kernels: ${Object.keys(chosen.probe?.kernels ?? {}).join(', ')}.` };
}
