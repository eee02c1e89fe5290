/**
 * What turns an English sentence into the person's language. JupyterLab's `TranslationBundle` is one as it stands. `%1`, `%2` in a sentence stand for
 * the arguments; in `_n` the number is `%1`.
 */
export interface Translation {
	__(sentence: string, ...values: (string | number)[]): string;
	_n(singular: string, plural: string, count: number, ...values: (string | number)[]): string;
}

const fill = (sentence: string, values: readonly (string | number)[]): string =>
	sentence.replace(/%(\d+)/g, (whole, digits: string) => {
		const value = values[Number(digits) - 1];
		return value === undefined ? whole : String(value);
	});

/** English as it is written in the code. */
export const english: Translation = {
	__: (sentence, ...values) => fill(sentence, values),
	_n: (singular, plural, count, ...values) => fill(count === 1 ? singular : plural, [count, ...values]),
};
