import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseEngine, type EngineFacts } from './choose-engine.ts';

const plain: EngineFacts = {
	problem: null,
	objectFormat: 'sha1',
	refFormat: 'files',
	unknownExtensions: [],
	isOwned: true,
	unwritable: null,
	hasGit: true,
	gitAccepts: async () => assert.fail('git is asked only where our own code is not enough'),
};
const accepts = (answer: boolean) => ({ gitAccepts: async () => answer });

function check(name: string, facts: Partial<EngineFacts>, engine: 'own' | 'git' | 'elsewhere', note: RegExp | null = null): void {
	test(name, async () => {
		const choice = await chooseEngine({ ...plain, ...facts });
		assert.equal(choice.engine, engine);
		if (note === null) assert.equal(choice.note, null);
		else assert.match(choice.note ?? '', note);
	});
}

check('a plain repository: our own code', {}, 'own');
check('SHA-256: our own code', { objectFormat: 'sha256' }, 'own');
check('without any git: our own code', { hasGit: false }, 'own');
check('damaged: elsewhere, whatever else', { problem: 'it is damaged', objectFormat: 'sha256' }, 'elsewhere', /it is damaged/);
check('read-only: elsewhere', { unwritable: { path: '/p/.git', isWhole: true } }, 'elsewhere', /you may read it but not write to it/);
check(
	'read-only in a part: elsewhere, with its path and what to do',
	{ unwritable: { path: '/p/.git/objects/pack', isWhole: false } },
	'elsewhere',
	/not write to \/p\/\.git\/objects\/pack .*chown/,
);
check("somebody else's: elsewhere", { isOwned: false, ...accepts(false) }, 'elsewhere', /safe\.directory/);
check("somebody else's that git is told to trust: our own code", { isOwned: false, ...accepts(true) }, 'own');
check('reftable and a git that knows it: git', { refFormat: 'reftable', ...accepts(true) }, 'git');
check('reftable and an older git: elsewhere', { refFormat: 'reftable', ...accepts(false) }, 'elsewhere', /refs have the format reftable/);
check('reftable and no git: elsewhere', { refFormat: 'reftable', hasGit: false }, 'elsewhere', /no git program/);
check('an extension that git knows: git', { unknownExtensions: ['new'], ...accepts(true) }, 'git');
check('an extension that nobody knows: elsewhere', { unknownExtensions: ['new'], ...accepts(false) }, 'elsewhere', /extension \(new\)/);
check('an unknown format of objects: elsewhere, since ids could not be computed', { objectFormat: 'sha3', ...accepts(true) }, 'elsewhere', /sha3/);
