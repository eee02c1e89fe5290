import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';

const ajv = new Ajv({ allErrors: true, strict: false });
addFormats.default(ajv);

/** Fails with every place where a value is not as its schema says. */
export function assertMatches(schema: object, value: unknown): void {
	ajv.validate(schema, value);
	assert.deepEqual(
		(ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`),
		[],
	);
}
