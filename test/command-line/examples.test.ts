// The three examples on the command line; then each again in an environment that is made anew from its run record alone, with the same text.
import assert from 'node:assert/strict';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Job } from '@nightlog/shared/jobs/job-schema';
import { assertMatches } from '../support/assert-matches.ts';
import { type Account, makeAccount } from './account.ts';

let account: Account;
before(() => {
	account = makeAccount();
	cpSync(path.join(import.meta.dirname, '..', '..', 'docs', 'examples'), account.folder, { recursive: true });
});
after(() => account.dispose());

const rows: readonly [notebook: string, options: readonly string[], says: string | null, writes: string | null][] = [
	['sunspots.ipynb', ['-p', 'first_year=1850'], '159 years, 1850 to 2008', null],
	['period-uncertainty.ipynb', ['-p', 'seconds=3'], null, null],
	['solar-cycles.ipynb', [], null, 'figures/solar-cycles.png'],
];

for (const [notebook, options, says, writes] of rows) {
	test(`${notebook} runs, and gives the same text in an environment made anew from its record`, { timeout: 15 * 60_000 }, async () => {
		const first = await account.nightlog('submit', notebook, ...options, '--wait', '--json');
		assert.equal(first.code, 0, first.error);
		const job = first.json<Job>();
		assertMatches(Job, job);
		const result = await account.nightlog('result', job.id);
		if (says !== null) assert.ok(result.out.includes(says), result.out.slice(0, 2000));
		if (writes !== null) {
			const file = job.result?.files.find((written) => written.path === writes);
			assert.ok(file && existsSync(file.link), `${writes} was not written: ${JSON.stringify(job.result?.files)}`);
		}
		const again = await account.nightlog('rerun', job.id, '--rebuild');
		assert.equal(again.code, 0, again.error);
		const verdicts = [...again.out.matchAll(/^\d+ +\S+ +(same|differs|failed)(?: +(.*))?$/gm)].map(([, verdict, why]) => ({ verdict, why }));
		assert.ok(verdicts.length > 0, again.out);
		// A picture may be drawn another way; a text may not.
		for (const { verdict, why } of verdicts) assert.ok(verdict === 'same' || (verdict === 'differs' && why?.includes('its text is')), again.out);
		// Nightlog's own extension is installed from the checkout's folder, which no registry has and no example imports.
		assert.doesNotMatch(again.error, /can no longer be had: (?!nightlog )/);
	});
}
