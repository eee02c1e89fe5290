import type { Notebook } from '../notebook/notebook.ts';

/** Languages that values can be written in. */
export type ParameterLanguage = 'python' | 'r' | 'julia' | 'bash';

/** Kernels that papermill knows by name, whatever language they say. */
const kernelLanguages: Readonly<Record<string, ParameterLanguage>> = { pysparkkernel: 'python', sparkrkernel: 'r' };

/**
 * The language that a notebook's parameters are written in; null where it is none of those that are known. A notebook that names neither language nor
 * kernel is Python's, since that is the kernel it gets.
 */
export function notebookLanguage({ kernelName, language }: Pick<Notebook, 'kernelName' | 'language'>): ParameterLanguage | null {
	const byKernel = kernelName === null ? undefined : kernelLanguages[kernelName];
	if (byKernel !== undefined) return byKernel;
	const name = language?.toLowerCase() ?? (kernelName === null || /^python\d*$/.test(kernelName) ? 'python' : null);
	switch (name) {
		case 'python':
		case 'ipython':
			return 'python';
		case 'r':
			return 'r';
		case 'julia':
			return 'julia';
		case 'bash':
			return 'bash';
		default:
			return null;
	}
}
