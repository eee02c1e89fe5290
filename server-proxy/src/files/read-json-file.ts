import { readFile } from 'node:fs/promises';
import { isMissing } from '../durable/file-errors.ts';

/** What a file of JSON holds; `missing` where there is none, `unreadable` where it holds no JSON, as while it is being written in place. */
export async function readJsonFile(file: string): Promise<{ readonly value: unknown } | 'missing' | 'unreadable'> {
	let text: string;
	try {
		text = await readFile(file, 'utf8');
	} catch (error) {
		if (isMissing(error)) return 'missing';
		throw error;
	}
	try {
		return { value: JSON.parse(text) as unknown };
	} catch {
		return 'unreadable';
	}
}
