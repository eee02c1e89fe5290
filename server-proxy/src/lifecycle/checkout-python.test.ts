import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { checkoutPython } from './checkout-python.ts';

describe('the Python of a checkout', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-checkout-'));
	after(() => rmSync(root, { recursive: true }));
	const home = path.join(root, 'home');
	const checkout = path.join(root, 'checkout');
	const put = (file: string, text = '') => {
		mkdirSync(path.dirname(file), { recursive: true });
		writeFileSync(file, text);
		return file;
	};
	const note = path.join(checkout, 'node_modules', '.cache', 'nightlog', 'python-path');
	const linkIn = (cache: string) => path.join(cache, 'python', 'bin', 'python');
	let shared: string;
	let own: string;
	beforeEach(() => {
		rmSync(checkout, { recursive: true, force: true });
		put(path.join(checkout, 'lerna.json'));
		shared = put(linkIn(path.join(home, '.cache', 'nightlog')));
		own = put(path.join(root, 'own', 'bin', 'python'));
	});
	const found = (env: Record<string, string> = {}) => checkoutPython(path.join(checkout, 'server-proxy', 'dist'), env, home);

	test('is the one that its own set-up wrote down, wherever the link leads', () => {
		put(note, `${own}\n`);
		assert.equal(found(), own);
		assert.equal(found({ NIGHTLOG_CACHE: path.join(root, 'elsewhere') }), own);
	});
	test('is behind the link where nothing is written down', () => assert.equal(found(), shared));
	for (const [what, text] of [
		['names nothing that is there', '/nowhere/bin/python\n'],
		['is empty', ''],
		['names no absolute path', 'python3\n'],
	] as const) {
		test(`is behind the link where what is written down ${what}`, () => {
			put(note, text);
			assert.equal(found(), shared);
		});
	}
	test('is looked for where the cache is', () => {
		const cache = path.join(root, 'cache');
		assert.equal(found({ NIGHTLOG_CACHE: cache }), null);
		assert.equal(found({ NIGHTLOG_CACHE: '' }), shared);
		const python = put(linkIn(cache));
		assert.equal(found({ NIGHTLOG_CACHE: cache }), python);
	});
	test('is none outside a checkout', () => {
		put(note, own);
		rmSync(path.join(checkout, 'lerna.json'));
		assert.equal(found(), null);
	});
});
