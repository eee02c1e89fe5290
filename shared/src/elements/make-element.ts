/** What an element is made with. Text is only ever set as text, so that nothing a notebook says becomes markup. */
export interface ElementParts {
	readonly className?: string;
	readonly text?: string;
	readonly attributes?: Readonly<Record<string, string>>;
	readonly children?: readonly (Node | string)[];
}

/** Makes an element. Attributes are set as they are: never pass one that runs code. */
export function makeElement<Tag extends keyof HTMLElementTagNameMap>(host: Document, tag: Tag, parts: ElementParts = {}): HTMLElementTagNameMap[Tag] {
	const element = host.createElement(tag);
	if (parts.className !== undefined) element.className = parts.className;
	if (parts.text !== undefined) element.textContent = parts.text;
	for (const [name, value] of Object.entries(parts.attributes ?? {})) element.setAttribute(name, value);
	if (parts.children !== undefined) element.append(...parts.children);
	return element;
}
