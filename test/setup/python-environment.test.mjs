import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { checkoutPython } from '../../server-proxy/src/lifecycle/checkout-python.ts';
import { writePythonPath } from './python-environment.mjs';

const root = mkdtempSync(path.join(tmpdir(), 'nightlog-python-path-'));
after(() => rmSync(root, { recursive: true }));
const makeCheckout = (name) => {
	const folder = path.join(root, name);
	mkdirSync(folder);
	writeFileSync(path.join(folder, 'lerna.json'), '{}');
	return folder;
};
const makePython = (name) => {
	const file = path.join(root, name);
	writeFileSync(file, '');
	return file;
};
const found = (checkout) => checkoutPython(path.join(checkout, 'server-proxy', 'dist'), {}, root);

test('each checkout has the Python that its own set-up made, also where one is a copy of the other by links', () => {
	const [one, other] = ['one', 'other'].map(makeCheckout);
	const [pythonOne, pythonOther] = ['python-one', 'python-other'].map(makePython);
	const file = writePythonPath(pythonOne, one);
	mkdirSync(path.dirname(file.replace(one, other)), { recursive: true });
	linkSync(file, file.replace(one, other));
	writePythonPath(pythonOther, other);
	writePythonPath(pythonOther, other);
	assert.deepEqual([found(one), found(other)], [pythonOne, pythonOther]);
	assert.equal(readFileSync(file, 'utf8'), `${pythonOne}\n`);
});
