import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outputPaths } from './output-paths.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => (index * 7919).toString(16).padStart(64, '0'));

test('few outputs lie beside each other', () => {
	for (const [name, path] of outputPaths(names(128))) assert.equal(path, `.nightlog/outputs/${name}`);
});

test('many lie in folders by their first digit', () => {
	for (const [name, path] of outputPaths(names(129))) assert.equal(path, `.nightlog/outputs/${name.slice(0, 1)}/${name}`);
});

test('very many lie in folders by their first two digits', () => {
	for (const [name, path] of outputPaths(names(2049))) assert.equal(path, `.nightlog/outputs/${name.slice(0, 2)}/${name}`);
});
