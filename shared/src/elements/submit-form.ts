import { endsWithSessionCode } from '../jobs/ends-with-session.ts';
import type { Finding } from '../jobs/finding.ts';
import type { Parameter } from '../parameters/parameter-schema.ts';
import { type ParameterField, parameterField } from '../views/parameter-field.ts';
import { type FormPlace, type FormTexts, placeFindings, placeNote, type ResourceName, readForm, resourceNames } from '../views/submit-form.ts';
import type { Translation } from '../views/translation.ts';
import { type FieldInput, FormField } from './form-field.ts';
import { makeElement } from './make-element.ts';

/** A place to run, as the form shows it. */
export interface BackendChoice {
	readonly name: string;
	readonly default: boolean;
	/** Why nothing can be submitted there now; null where it can. */
	readonly problem: string | null;
	/** What ends its jobs together with the person's session, in a sentence; null where nothing is known to. */
	readonly endsWithSession: string | null;
	/** Resources that it can limit or give; the others are not asked for. */
	readonly resources: readonly ResourceName[];
}

/** What the form shows. */
export interface SubmitFormContent {
	/** Begins the ids of all fields: unique in the document. */
	readonly idPrefix: string;
	/** What will run, in a sentence. */
	readonly summary: string;
	readonly parameters: readonly Parameter[];
	readonly backends: readonly BackendChoice[];
	/** What stands in it at first. */
	readonly texts: FormTexts;
	/** The job's name where none is typed. */
	readonly defaultName: string;
	/** What was found before anything was typed. */
	readonly findings: readonly Finding[];
}

/** The form in which a notebook or a cell is submitted. It holds no button: the dialog around it does. */
export class SubmitForm {
	readonly element: HTMLFormElement;
	private readonly host: Document;
	private readonly content: SubmitFormContent;
	private readonly translation: Translation;
	private readonly onDidChange: () => void;
	private readonly fields = new Map<FormPlace, FormField>();
	private readonly general: HTMLElement;
	private readonly more: HTMLDetailsElement;

	/** @param onDidChange called when a person changed something */
	constructor(host: Document, content: SubmitFormContent, translation: Translation, onDidChange: () => void) {
		this.host = host;
		this.content = content;
		this.translation = translation;
		this.onDidChange = onDidChange;
		this.general = makeElement(host, 'div', { className: 'nightlog-form-messages', attributes: { role: 'alert' } });
		this.more = makeElement(host, 'details', {
			className: 'nightlog-form-more',
			children: [makeElement(host, 'summary', { text: translation.__('Name, place to run and resources') }), ...this.makeMoreFields()],
		});
		this.element = makeElement(host, 'form', {
			className: 'nightlog-form',
			children: [
				makeElement(host, 'p', { className: 'nightlog-form-summary', text: content.summary }),
				this.general,
				...this.makeParameters(),
				this.more,
			],
		});
		// Pressing Enter is the dialog's business; a form that sends itself would reload the page.
		this.element.addEventListener('submit', (event) => event.preventDefault());
		this.more.open =
			resourceNames.some((name) => content.texts.resources[name] !== '') || content.texts.backend !== '' || this.backendNote() !== null;
		this.showFindings(content.findings);
	}

	/** What stands in the form. */
	get texts(): FormTexts {
		const text = (place: FormPlace) => this.fields.get(place)?.value ?? '';
		const resources = Object.fromEntries(resourceNames.map((name) => [name, text(`/resources/${name}`)]));
		return {
			name: text('/name'),
			backend: text('/backend'),
			parameters: Object.fromEntries(this.content.parameters.map(({ name }) => [name, text(`/parameters/${name}`)])),
			resources: resources as Record<ResourceName, string>,
		};
	}

	/** What the form asks for; problems are shown at their fields, and then null is given back. */
	read(): ReturnType<typeof readForm>['choices'] | null {
		const { choices, problems } = readForm(this.texts, this.content.parameters, this.translation);
		if (problems.length === 0) return choices;
		this.clear();
		for (const { place, message } of problems) this.fields.get(place)?.show([{ severity: 'error', message }]);
		this.reveal(problems[0]?.place);
		return null;
	}

	/** Shows what a check found, at the fields where it belongs; what was shown before is gone. */
	showFindings(findings: readonly Finding[]): void {
		// That stands at its field already, for as long as the backend is chosen.
		const others = findings.filter(({ code }) => code !== endsWithSessionCode);
		const { atPlaces, elsewhere } = placeFindings(others, this.content.parameters);
		this.clear();
		for (const [place, list] of atPlaces) this.fields.get(place)?.show(list);
		this.general.replaceChildren(
			...elsewhere.map((finding) =>
				makeElement(this.host, 'div', { className: `nightlog-form-message nightlog-mod-${finding.severity}`, text: finding.message }),
			),
		);
		const first = [...atPlaces].find(([, list]) => list.some((finding) => finding.severity === 'error'));
		if (first !== undefined && this.element.isConnected) this.reveal(first[0]);
	}

	/** Shows what went wrong with the whole. */
	showError(message: string): void {
		this.clear();
		this.general.replaceChildren(makeElement(this.host, 'div', { className: 'nightlog-form-message nightlog-mod-error', text: message }));
	}

	/** Puts the cursor into the first field that is shown. */
	focusFirst(): boolean {
		const first = this.content.parameters[0];
		const field = first === undefined ? undefined : this.fields.get(`/parameters/${first.name}`);
		field?.focus();
		return field !== undefined;
	}

	/** While it is busy nothing can be changed. */
	set busy(busy: boolean) {
		this.element.setAttribute('aria-busy', String(busy));
		for (const field of this.fields.values()) field.disabled = busy;
	}

	private clear(): void {
		this.general.replaceChildren();
		for (const field of this.fields.values()) field.show([]);
	}

	private reveal(place: FormPlace | undefined): void {
		if (place === undefined) return;
		if (!place.startsWith('/parameters/')) this.more.open = true;
		this.fields.get(place)?.focus();
	}

	private add(place: FormPlace, parts: { label: string; note?: string; help?: string | null; input: FieldInput; value: string }): HTMLElement {
		const onChange = () => {
			if (place === '/backend') this.fields.get(place)?.showHelp(this.backendNote());
			this.onDidChange();
		};
		const field = new FormField(this.host, { ...parts, id: `${this.content.idPrefix}-${this.fields.size}` }, onChange);
		this.fields.set(place, field);
		return field.element;
	}

	private makeParameters(): HTMLElement[] {
		const { parameters, texts } = this.content;
		if (parameters.length === 0) {
			const hint = this.translation.__('This notebook has no parameters. Give a cell the tag "parameters" to choose values here.');
			return [makeElement(this.host, 'p', { className: 'nightlog-form-help', text: hint })];
		}
		const fields = parameters.map((parameter) => {
			const field = parameterField(parameter, this.translation);
			return this.add(`/parameters/${parameter.name}`, {
				label: parameter.name,
				note: field.typeName,
				help: field.help,
				input: inputOf(field),
				value: texts.parameters[parameter.name] ?? field.initial,
			});
		});
		return [
			makeElement(this.host, 'fieldset', {
				className: 'nightlog-form-parameters',
				children: [makeElement(this.host, 'legend', { text: this.translation.__('Parameters') }), ...fields],
			}),
		];
	}

	private makeMoreFields(): HTMLElement[] {
		const { content, translation } = this;
		const name = this.add('/name', {
			label: translation.__('Name'),
			input: { kind: 'text', placeholder: content.defaultName },
			value: content.texts.name,
		});
		const backend = this.add('/backend', {
			label: translation.__('Run on'),
			help: placeNote(content.backends, content.texts.backend),
			input: { kind: 'choice', options: content.backends.map((choice) => ({ value: choice.name, text: describeBackend(choice, translation) })) },
			value: content.texts.backend || (content.backends.find((choice) => choice.default)?.name ?? ''),
		});
		const resources = resourceNames
			.filter((resource) => content.backends.some((choice) => choice.resources.includes(resource)))
			.map((resource) =>
				this.add(`/resources/${resource}`, {
					label: resourceLabel(resource, translation),
					input: { kind: 'text', numeric: resource === 'cpus' || resource === 'gpus', placeholder: resourceExample(resource, translation) },
					value: content.texts.resources[resource],
				}),
			);
		return [name, backend, makeElement(this.host, 'div', { className: 'nightlog-form-resources', children: resources })];
	}

	/** What is to be known of the place that is chosen. */
	private backendNote(): string | null {
		return placeNote(this.content.backends, this.texts.backend);
	}
}

function inputOf(field: ParameterField): FieldInput {
	switch (field.kind) {
		case 'checkbox':
			return { kind: 'checkbox' };
		case 'choice':
			return { kind: 'choice', options: (field.choices ?? []).map((text, index) => ({ value: String(index), text })) };
		case 'json':
			return field.initial.length > 40 ? { kind: 'lines', placeholder: field.placeholder } : { kind: 'text', placeholder: field.placeholder };
		case 'integer':
		case 'number':
			return { kind: 'text', numeric: true, placeholder: field.placeholder };
		case 'text':
			// A one-line field would drop the line breaks of a longer text.
			return field.initial.includes('\n') ? { kind: 'lines' } : { kind: 'text', placeholder: field.placeholder };
		case 'any':
			return { kind: 'text', placeholder: field.placeholder };
		default:
			return field.kind satisfies never;
	}
}

function describeBackend(choice: BackendChoice, translation: Translation): string {
	return choice.problem === null ? choice.name : translation.__('%1 (cannot be used now)', choice.name);
}

function resourceLabel(resource: ResourceName, translation: Translation): string {
	switch (resource) {
		case 'cpus':
			return translation.__('Processors');
		case 'memoryBytes':
			return translation.__('Memory');
		case 'gpus':
			return translation.__('Graphics processors');
		case 'wallTimeSeconds':
			return translation.__('Time at most');
		default:
			return resource satisfies never;
	}
}

function resourceExample(resource: ResourceName, translation: Translation): string {
	switch (resource) {
		case 'cpus':
		case 'gpus':
			return translation.__('no limit set');
		case 'memoryBytes':
			return translation.__('for example 2G');
		case 'wallTimeSeconds':
			return translation.__('for example 1h 30m');
		default:
			return resource satisfies never;
	}
}
