import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackendRegistry } from './registry.ts';

const make = (configuration: Parameters<typeof createBackendRegistry>[0]['configuration']) =>
	createBackendRegistry({ configuration, runner: '/r.pyz', environment: {}, log: { write: () => undefined } });

test('the first of the configuration is the default', () => {
	const registry = make({ here: { type: 'local' }, there: { type: 'slurm' } });
	assert.deepEqual([registry.names, registry.defaultName, registry.typeOf('there')], [['here', 'there'], 'here', 'slurm']);
});
test('a backend is made once, and has its slots', async () => {
	const registry = make({ here: { type: 'local', slots: 7, python: '/p' } });
	const backend = await registry.get('here');
	assert.equal(await registry.get('here'), backend);
	assert.deepEqual([backend.name, backend.limits.slots, registry.pythonOf('here')], ['here', 7, '/p']);
	await registry.dispose();
});
test('a name that is not there is told', async () => {
	await assert.rejects(make({}).get('constructor'), { code: 'backend/not-configured' });
	assert.equal(make({}).typeOf('toString'), null);
	assert.equal(make({}).pythonOf('__proto__'), null);
});
test('a type that this version does not have is told, and described as such', async () => {
	const registry = make({ moon: { type: 'lunar' } });
	await assert.rejects(registry.get('moon'), { code: 'backend/not-available' });
	const [moon] = await registry.describe();
	assert.equal(moon?.reachable, false);
	assert.match(moon?.problem ?? '', /lunar/);
});
test('one that is there is described with its limits', async () => {
	const registry = make({ here: { type: 'local', slots: 3 } });
	const [here] = await registry.describe();
	assert.deepEqual(
		[here?.default, here?.reachable, here?.problem, here?.limits.slots, here?.capabilities.survivesServer],
		[true, true, null, 3, true],
	);
	await registry.dispose();
});
