// Tries for an hour or so what `npm test` tries in minutes: ten times as many kills, and every race a thousand times. Usage: npm run soak
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const counts = { NIGHTLOG_KILLS: '1000', NIGHTLOG_RUNNER_KILLS: '1000', NIGHTLOG_VERSIONS: '1000', NIGHTLOG_RACE_COUNT: '1000' };
const files = ['test/kill/*.test.ts', 'test/nothing-lost/*.test.ts', 'test/nothing-lost/*.soak.ts', 'shared/src/node/git/*race*.test.ts'].flatMap(
	(pattern) => globSync(pattern, { cwd: checkout }).sort(),
);
const { status } = spawnSync(process.execPath, ['--conditions=source', '--test', '--test-concurrency=2', '--test-reporter=spec', ...files], {
	cwd: checkout,
	stdio: 'inherit',
	env: { ...process.env, ...counts },
});
process.exitCode = status ?? 1;
