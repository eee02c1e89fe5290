import { createHash } from 'node:crypto';

/** A code cell of a notebook that a benchmark makes. */
export interface BenchCell {
	readonly source: string;
	/** Base64 characters of a picture in its output; 0 for none. */
	readonly imageCharacters?: number;
	/** Changes the picture. */
	readonly seed?: number;
}

/** Base64 text that does not compress, the same for the same seed. */
export function pictureText(characters: number, seed: number): string {
	const parts: string[] = [];
	let length = 0;
	for (let index = 0; length < characters; index++) {
		const part = createHash('sha512').update(`${seed}:${index}`).digest('base64').slice(0, 84);
		parts.push(part);
		length += part.length;
	}
	return parts.join('').slice(0, characters);
}

/** A notebook as Python's nbformat writes it. */
export function makeNotebook(cells: readonly BenchCell[]): string {
	const document = {
		cells: cells.map((cell, index) => ({
			cell_type: 'code',
			execution_count: null,
			id: `cell-${index}`,
			metadata: {},
			outputs: cell.imageCharacters
				? [
						{
							data: { 'image/png': pictureText(cell.imageCharacters, cell.seed ?? index), 'text/plain': ['<Figure>'] },
							metadata: {},
							output_type: 'display_data',
						},
					]
				: [],
			source: cell.source.split(/(?<=\n)/),
		})),
		metadata: { kernelspec: { display_name: 'Python 3 (ipykernel)', language: 'python', name: 'python3' }, language_info: { name: 'python' } },
		nbformat: 4,
		nbformat_minor: 5,
	};
	return `${JSON.stringify(document, null, 1)}\n`;
}

/** 100 cells with 100 kB pictures: about 10 MB. `changed` gives one cell another text and another picture. */
export function largeNotebook(changed: number): string {
	return makeNotebook(
		Array.from({ length: 100 }, (_, index) => ({
			source: index === 50 ? `x = ${changed}\n` : `plot(${index})\n`,
			imageCharacters: 100_000,
			seed: index === 50 ? 1_000_000 + changed : index,
		})),
	);
}

/** 20 cells, of which four have a picture of 10 kB: what most people have open. `changed` gives one cell another text. */
export function ordinaryNotebook(changed: number): string {
	return makeNotebook(
		Array.from({ length: 20 }, (_, index) => ({
			source: index === 1 ? `x = ${changed}\n` : `plot(${index})\n`,
			imageCharacters: index % 5 === 0 ? 10_000 : 0,
		})),
	);
}

/** Ten code cells that do nothing. */
export function emptyNotebook(): string {
	return makeNotebook(Array.from({ length: 10 }, () => ({ source: 'pass' })));
}
