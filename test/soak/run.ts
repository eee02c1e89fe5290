// Tries for an hour or so what `npm test` tries in minutes: ten times as many kills, and every race a thousand times.
// Usage: npm run soak [-- PART…], with a part of the path of the files that are to run
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const counts = { NIGHTLOG_KILLS: '1000', NIGHTLOG_RUNNER_KILLS: '1000', NIGHTLOG_VERSIONS: '1000', NIGHTLOG_RACE_COUNT: '1000' };
const parts = process.argv.slice(2);
const all = ['test/kill/*.test.ts', 'test/nothing-lost/*.test.ts', 'test/nothing-lost/*.soak.ts', 'shared/src/node/git/*race*.test.ts'].flatMap(
	(pattern) => globSync(pattern, { cwd: checkout }).sort(),
);
const files = parts.length === 0 ? all : all.filter((file) => parts.some((part) => file.includes(part)));
if (files.length === 0) throw new Error(`No file of the soak has ${parts.join(' or ')} in its path; there are ${all.join(', ')}.`);
const { status } = spawnSync(process.execPath, ['--conditions=source', '--test', '--test-concurrency=2', '--test-reporter=spec', ...files], {
	cwd: checkout,
	stdio: 'inherit',
	env: { ...process.env, ...counts },
});
process.exitCode = status ?? 1;
