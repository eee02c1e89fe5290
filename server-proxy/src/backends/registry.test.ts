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
test('what ends its jobs with the session is told of the local backend, and in each check', async () => {
	const environment = { SLURM_JOB_ID: '4711', SLURMD_NODENAME: 'node7' };
	const registry = createBackendRegistry({
		configuration: { here: { type: 'local' } },
		runner: '/r.pyz',
		environment,
		log: { write: () => undefined },
	});
	const [here] = await registry.describe();
	assert.match(here?.endsWithSession ?? '', /Slurm job 4711/);
	const resources = { cpus: null, memoryBytes: null, gpus: null, wallTimeSeconds: null };
	const findings = await (await registry.get('here')).check({ resources, python: null, kernelName: null }, new AbortController().signal);
	assert.deepEqual(
		findings.map(({ code, severity, message, path }) => [code, severity, message, path]),
		[['backend/ends-with-session', 'information', here?.endsWithSession, '/backend']],
	);
	await registry.dispose();
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
