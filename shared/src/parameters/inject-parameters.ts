import type { Finding } from '../base/finding.ts';
import { jsonPointer } from '../base/json-pointer.ts';
import type { ParameterValues } from '../base/parameter-values.ts';
import { type FoundParameters, findParameters, type ParametersSource, parametersTag } from './find-parameters.ts';
import { notebookLanguage } from './notebook-language.ts';
import { translateAssignment } from './translate-value.ts';

/** The tag of the cell that a job's values stand in, as papermill has it. */
export const injectedTag = 'injected-parameters';

/** The code cell to put into a notebook, tagged `injected-parameters`. */
export interface InjectionPlan {
	/** Ends with a newline, as papermill's does. */
	readonly source: string;
	/** Of the cell before which it goes, counted from 0; the number of cells where it goes behind the last. Of the cell that it replaces where `replaces` is true. */
	readonly index: number;
	readonly replaces: boolean;
}

/**
 * Where and how values go into a notebook, by papermill's rules: instead of the first cell tagged `injected-parameters`, else behind the first cell tagged
 * `parameters`, else at the top; source as papermill 2.7.0 writes it. Where papermill's text would mean something else than the value, or run a part of it
 * (letters in R and Julia, `$` in Julia), the source differs from it.
 *
 * Without values there is nothing to do: `value` is null and there is no finding. Otherwise `value` is null exactly when there are findings, all errors:
 * `parameter/unsupported-language`, `parameter/invalid-name`, `parameter/unsupported-value`. The values are expected to have passed `checkParameters`.
 *
 * @param found the parameters, where the caller has them already
 */
export function planInjection(
	notebook: ParametersSource,
	values: ParameterValues,
	found: Pick<FoundParameters, 'parameters' | 'floatsWithin'> = findParameters(notebook),
): { readonly value: InjectionPlan | null; readonly findings: readonly Finding[] } {
	const entries = Object.entries(values);
	if (entries.length === 0) return { value: null, findings: [] };
	const language = notebookLanguage(notebook);
	const refusal = { severity: 'error', cell: null } as const;
	if (language === null) {
		const message = `Values cannot be written in ${notebook.language ?? `the language of the kernel ${JSON.stringify(notebook.kernelName)}`}: only in Python, R, Julia and Bash.`;
		return { value: null, findings: [{ ...refusal, code: 'parameter/unsupported-language', message, path: '/parameters' }] };
	}
	const types = new Map(found.parameters.map(({ name, type }) => [name, type]));
	const findings: Finding[] = [];
	let source = '# Parameters\n';
	for (const [name, value] of entries) {
		const innerType = found.floatsWithin.has(name) ? 'number' : 'unknown';
		const translated = translateAssignment(language, name, value, types.get(name) ?? 'unknown', innerType);
		if ('line' in translated) {
			source += `${translated.line}\n`;
			continue;
		}
		const path = jsonPointer(['parameters', name]);
		const shown = JSON.stringify(name.slice(0, 60));
		if (translated.refused === 'name') {
			findings.push({ ...refusal, code: 'parameter/invalid-name', message: `${shown} is no name that the notebook's language has.`, path });
		} else {
			const message = `The value of ${shown} cannot be written in ${notebook.language ?? 'that language'}.`;
			findings.push({ ...refusal, code: 'parameter/unsupported-value', message, path });
		}
	}
	if (findings.length > 0) return { value: null, findings };
	const injected = notebook.cells.findIndex(({ tags }) => tags.includes(injectedTag));
	if (injected >= 0) return { value: { source, index: injected, replaces: true }, findings };
	return { value: { source, index: notebook.cells.findIndex(({ tags }) => tags.includes(parametersTag)) + 1, replaces: false }, findings };
}
