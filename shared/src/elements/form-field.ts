import type { Finding } from '../jobs/finding.ts';
import { makeElement } from './make-element.ts';

/** How a field of a form is asked for. */
export type FieldInput =
	| { readonly kind: 'text'; readonly numeric?: boolean; readonly placeholder?: string | null }
	| { readonly kind: 'lines'; readonly placeholder?: string | null }
	| { readonly kind: 'checkbox' }
	| { readonly kind: 'choice'; readonly options: readonly { readonly value: string; readonly text: string }[] };

/** What a field is made of. */
export interface FieldParts {
	/** Unique in the document. */
	readonly id: string;
	readonly label: string;
	/** Shown small beside the label. */
	readonly note?: string;
	readonly help?: string | null;
	readonly input: FieldInput;
	readonly value: string;
}

type Message = Pick<Finding, 'severity' | 'message'>;

/** A labelled field with room for what was found in it. */
export class FormField {
	readonly element: HTMLElement;
	private readonly host: Document;
	private readonly control: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
	private readonly messages: HTMLElement;
	private help: HTMLElement | null = null;
	private invalid = false;

	/** @param onChange called when a person changed the value */
	constructor(host: Document, parts: FieldParts, onChange: () => void) {
		this.host = host;
		this.control = makeControl(host, parts);
		this.control.id = parts.id;
		this.value = parts.value;
		const label = makeElement(host, 'label', { text: parts.label, attributes: { for: parts.id } });
		if (parts.note !== undefined) label.append(makeElement(host, 'span', { className: 'nightlog-form-note', text: parts.note }));
		this.messages = makeElement(host, 'div', {
			className: 'nightlog-form-messages',
			attributes: { id: `${parts.id}-messages`, 'aria-live': 'polite' },
		});
		const checkbox = parts.input.kind === 'checkbox';
		this.element = makeElement(host, 'div', {
			className: checkbox ? 'nightlog-form-field nightlog-mod-checkbox' : 'nightlog-form-field',
			children: [...(checkbox ? [this.control, label] : [label, this.control]), this.messages],
		});
		this.showHelp(parts.help ?? null);
		this.control.addEventListener('input', () => {
			this.show([]);
			onChange();
		});
	}

	/** What stands in the field; `true` or `false` for a checkbox. */
	get value(): string {
		return this.control instanceof HTMLInputElement && this.control.type === 'checkbox' ? String(this.control.checked) : this.control.value;
	}

	set value(value: string) {
		if (this.control instanceof HTMLInputElement && this.control.type === 'checkbox') this.control.checked = value === 'true';
		else this.control.value = value;
	}

	/** Shows a sentence that stays, whatever is found here; null for none. */
	showHelp(text: string | null): void {
		this.help?.remove();
		this.help = text ? makeElement(this.host, 'div', { className: 'nightlog-form-help', text, attributes: { id: `${this.control.id}-help` } }) : null;
		if (this.help !== null) this.messages.before(this.help);
		this.describe();
	}

	/** Shows what was found here; the list before is gone. */
	show(messages: readonly Message[]): void {
		this.messages.replaceChildren(
			...messages.map((message) =>
				makeElement(this.host, 'div', { className: `nightlog-form-message nightlog-mod-${message.severity}`, text: message.message }),
			),
		);
		this.invalid = messages.some((message) => message.severity === 'error');
		this.describe();
	}

	/** Puts the cursor into the field. */
	focus(): void {
		this.control.focus();
		if (this.control instanceof HTMLInputElement && this.control.type !== 'checkbox') this.control.select();
	}

	/** While it is disabled nothing can be changed. */
	set disabled(disabled: boolean) {
		this.control.disabled = disabled;
	}

	private describe(): void {
		if (this.invalid) this.control.setAttribute('aria-invalid', 'true');
		else this.control.removeAttribute('aria-invalid');
		const ids = [...(this.help === null ? [] : [this.help.id]), this.messages.id];
		this.control.setAttribute('aria-describedby', ids.join(' '));
	}
}

function makeControl(host: Document, parts: FieldParts): HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement {
	const { input } = parts;
	const plain = { autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false' };
	switch (input.kind) {
		case 'checkbox':
			return makeElement(host, 'input', { attributes: { type: 'checkbox' } });
		case 'choice':
			return makeElement(host, 'select', {
				children: input.options.map((option) => makeElement(host, 'option', { text: option.text, attributes: { value: option.value } })),
			});
		case 'lines':
			return makeElement(host, 'textarea', { attributes: { ...plain, rows: '3', ...(input.placeholder ? { placeholder: input.placeholder } : {}) } });
		case 'text':
			return makeElement(host, 'input', {
				attributes: {
					...plain,
					type: 'text',
					...(input.numeric === true ? { inputmode: 'decimal' } : {}),
					...(input.placeholder ? { placeholder: input.placeholder } : {}),
				},
			});
		default:
			return input satisfies never;
	}
}
