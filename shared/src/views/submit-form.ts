import type { ParameterValues } from '../base/parameter-values.ts';
import type { Finding } from '../jobs/finding.ts';
import type { JobRequest, Resources } from '../jobs/job-schema.ts';
import type { Parameter } from '../parameters/parameter-schema.ts';
import { fieldText, parameterField, readParameterFields } from './parameter-field.ts';
import { formatMemory, formatTime, parseMemory, parseTime } from './resource-text.ts';
import { english, type Translation } from './translation.ts';

/** What the form asks beside parameters. */
export const resourceNames = ['cpus', 'memoryBytes', 'gpus', 'wallTimeSeconds'] as const;
export type ResourceName = (typeof resourceNames)[number];

/** What stands in the form, as text: kept from one time to the next, for each notebook. */
export interface FormTexts {
	readonly name: string;
	/** A backend's name; empty for the server's default. */
	readonly backend: string;
	readonly parameters: Readonly<Record<string, string>>;
	readonly resources: Readonly<Record<ResourceName, string>>;
}

/** A place of the form, as findings name it by JSON pointer into the request. */
export type FormPlace = `/parameters/${string}` | `/resources/${ResourceName}` | '/name' | '/backend';

/** Something that is wrong at one place of the form. */
export interface FormProblem {
	readonly place: FormPlace;
	readonly message: string;
}

/** The form before anything was typed. */
export const emptyFormTexts: FormTexts = {
	name: '',
	backend: '',
	parameters: {},
	resources: { cpus: '', memoryBytes: '', gpus: '', wallTimeSeconds: '' },
};

/** What the form shows for choices that were made before: those that still fit. A parameter that the notebook no longer has is left out. */
export function formTextsOf(
	choices: { readonly parameters?: ParameterValues; readonly backend?: string; readonly resources?: Partial<Resources> },
	parameters: readonly Parameter[],
	backends: readonly { readonly name: string }[],
): FormTexts {
	const texts: Record<string, string> = {};
	for (const parameter of parameters) {
		const value = choices.parameters?.[parameter.name];
		if (value === undefined) continue;
		const text = fieldText(parameter, value);
		const { problems } = readParameterFields([parameter], { [parameter.name]: text });
		if (problems.length === 0) texts[parameter.name] = text;
	}
	const { cpus, memoryBytes, gpus, wallTimeSeconds } = choices.resources ?? {};
	return {
		name: '',
		backend: backends.some((backend) => backend.name === choices.backend) ? (choices.backend ?? '') : '',
		parameters: texts,
		resources: {
			cpus: cpus == null ? '' : String(cpus),
			memoryBytes: memoryBytes == null ? '' : formatMemory(memoryBytes),
			gpus: gpus == null ? '' : String(gpus),
			wallTimeSeconds: wallTimeSeconds == null ? '' : formatTime(wallTimeSeconds),
		},
	};
}

/** What the form asks for, of what a person typed; nothing may be submitted while there are problems. */
export function readForm(
	texts: FormTexts,
	parameters: readonly Parameter[],
	translation: Translation = english,
): { choices: Pick<JobRequest, 'name' | 'backend' | 'parameters' | 'resources'>; problems: FormProblem[] } {
	const { values, problems } = readParameterFields(parameters, texts.parameters, translation);
	const { resources, problems: resourceProblems } = readResources(texts.resources, translation);
	const name = texts.name.trim();
	return {
		choices: {
			...(name === '' ? {} : { name: name.slice(0, 255) }),
			...(texts.backend === '' ? {} : { backend: texts.backend }),
			...(Object.keys(values).length === 0 ? {} : { parameters: values }),
			...(Object.keys(resources).length === 0 ? {} : { resources }),
		},
		problems: [...problems.map((problem): FormProblem => ({ place: `/parameters/${problem.name}`, message: problem.message })), ...resourceProblems],
	};
}

function readResources(texts: FormTexts['resources'], translation: Translation): { resources: Partial<Resources>; problems: FormProblem[] } {
	const resources: Partial<Resources> = {};
	const problems: FormProblem[] = [];
	for (const name of resourceNames) {
		const text = texts[name].trim();
		if (text === '') continue;
		const value = readResource(name, text);
		if (value === null) problems.push({ place: `/resources/${name}`, message: resourceMessage(name, translation) });
		else resources[name] = value;
	}
	return { resources, problems };
}

function readResource(name: ResourceName, text: string): number | null {
	switch (name) {
		case 'cpus': {
			const value = Number(text);
			return value > 0 && value <= 100_000 ? value : null;
		}
		case 'memoryBytes':
			return parseMemory(text);
		case 'gpus':
			return /^\d{1,6}$/.test(text) ? Number(text) : null;
		case 'wallTimeSeconds':
			return parseTime(text);
		default:
			return name satisfies never;
	}
}

function resourceMessage(name: ResourceName, translation: Translation): string {
	switch (name) {
		case 'cpus':
			return translation.__('Type a number of processors, for example 2.');
		case 'memoryBytes':
			return translation.__('Type an amount of memory, for example 2G or 512M.');
		case 'gpus':
			return translation.__('Type a number of graphics processors, for example 1.');
		case 'wallTimeSeconds':
			return translation.__('Type a length of time, for example 30min or 1h 30m.');
		default:
			return name satisfies never;
	}
}

/** Findings by the place of the form that they belong to; the rest concerns the notebook as a whole. */
export function placeFindings(
	findings: readonly Finding[],
	parameters: readonly Parameter[],
): { atPlaces: Map<FormPlace, Finding[]>; elsewhere: Finding[] } {
	const atPlaces = new Map<FormPlace, Finding[]>();
	const elsewhere: Finding[] = [];
	const known = new Set<string>([
		'/name',
		'/backend',
		...resourceNames.map((name) => `/resources/${name}`),
		...parameters.map((parameter) => `/parameters/${parameter.name}`),
	]);
	for (const finding of findings) {
		const place = finding.path?.replace(/~1/g, '/').replace(/~0/g, '~') ?? '';
		if (!known.has(place)) elsewhere.push(finding);
		else atPlaces.set(place as FormPlace, [...(atPlaces.get(place as FormPlace) ?? []), finding]);
	}
	return { atPlaces, elsewhere };
}

/**
 * What a person is to know of the place that is chosen, before anything is submitted there; null where that is nothing.
 *
 * @param name the place's name; empty for the default one
 */
export function placeNote(
	places: readonly { readonly name: string; readonly default: boolean; readonly problem: string | null; readonly endsWithSession: string | null }[],
	name: string,
): string | null {
	const chosen = places.find((place) => (name === '' ? place.default : place.name === name));
	return chosen?.problem ?? chosen?.endsWithSession ?? null;
}

/** Whether a parameter's field holds something other than the notebook's own value. */
export function isChanged(parameter: Parameter, text: string): boolean {
	return text !== parameterField(parameter).initial;
}
