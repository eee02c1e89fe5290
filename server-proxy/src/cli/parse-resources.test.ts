import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Resources } from '@nightlog/shared/jobs/job-schema';
import { parseResources, type ResourceOptions } from './parse-resources.ts';

function check(options: ResourceOptions, expected: Partial<Resources>): void {
	test(JSON.stringify(options), () => assert.deepEqual(parseResources(options), expected));
}

check({}, {});
check({ cpus: '2' }, { cpus: 2 });
check({ cpus: '0.5' }, { cpus: 0.5 });
check({ memory: '2G' }, { memoryBytes: 2 * 2 ** 30 });
check({ memory: '512M', time: '1h' }, { memoryBytes: 512 * 2 ** 20, wallTimeSeconds: 3600 });
check({ time: '90' }, { wallTimeSeconds: 90 });
check({ gpus: '0' }, { gpus: 0 });

const refused: readonly ResourceOptions[] = [
	{ cpus: '0' },
	{ cpus: '-1' },
	{ cpus: '1e3' },
	{ cpus: 'NaN' },
	{ cpus: '' },
	{ memory: 'much' },
	{ memory: '0' },
	{ memory: '-2G' },
	{ time: 'soon' },
	{ time: '0' },
	{ gpus: '1.5' },
	{ gpus: '$(reboot)' },
];
for (const options of refused) {
	test(`${JSON.stringify(options)} is refused with an example`, () => {
		assert.throws(
			() => parseResources(options),
			(error) => isNightlogError(error, 'command/invalid-option') && error.status === 400 && /like /.test(error.message),
		);
	});
}
