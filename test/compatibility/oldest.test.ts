import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { testJourney } from './journey.ts';
import { oldestPython } from './jupyters.ts';

test('JupyterLab 4.4 takes the installed wheel: enabled, and nothing to object to', () => {
	const { stdout, stderr, status } = spawnSync(path.join(path.dirname(oldestPython()), 'jupyter'), ['labextension', 'list'], { encoding: 'utf8' });
	// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are part of what it prints.
	const said = `${stdout}${stderr}`.replace(/\u001b\[\d*m/g, '');
	assert.equal(status, 0, said);
	assert.match(said, /JupyterLab v4\.4\.0/);
	assert.match(said, /@nightlog\/jupyterlab-ext v[\d.]+ enabled\s+OK \(python, nightlog\)/);
});

const journey = testJourney({ start: () => ({ notebooks: [], python: oldestPython() }), pictures: 'jupyterlab-4.4' });

test('this was JupyterLab 4.4.0, with the server of the wheel', async () => {
	const { window, lab } = journey();
	assert.equal(await window.page.evaluate(() => (globalThis as unknown as { jupyterapp: { version: string } }).jupyterapp.version), '4.4.0');
	const { pid } = lab.server() ?? {};
	const { stdout } = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
	assert.match(stdout, /site-packages\/nightlog\/server\/nightlog\.mjs/);
});
