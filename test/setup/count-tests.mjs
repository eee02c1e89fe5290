/**
 * Counts of a suite from what its runner printed. Nothing counts as passed that was not run: skipped, cancelled and unfinished tests are failures,
 * and so is a runner that ended badly without naming one, or that ran nothing.
 *
 * @param {'node' | 'unittest' | 'checks'} kind
 * @param {string} text TAP of node:test, or the output of unittest or of `npm run check`
 * @param {number} code how the runner ended
 * @returns {{passed: number, failed: number, note: string | null}} `note` says why, where the counts alone do not
 */
export function countTests(kind, text, code) {
	const counts = { node: countTap, unittest: countUnittest, checks: countChecks }[kind](text);
	if (counts === null) return { passed: 0, failed: 1, note: `did not run to its end (exit ${code})` };
	if (counts.passed + counts.failed === 0) return { passed: 0, failed: 1, note: 'ran no test' };
	if (code !== 0 && counts.failed === 0) return { ...counts, failed: 1, note: `ended badly (exit ${code}) though no test failed` };
	return { ...counts, note: counts.note ?? null };
}

function countTap(text) {
	const figure = (name) => {
		const found = [...text.matchAll(new RegExp(`^# ${name} (\\d+)$`, 'gm'))].at(-1);
		return found === undefined ? null : Number(found[1]);
	};
	const [pass, fail, cancelled, skipped, todo] = ['pass', 'fail', 'cancelled', 'skipped', 'todo'].map(figure);
	if ([pass, fail, cancelled, skipped, todo].includes(null)) return null;
	return {
		passed: pass,
		failed: fail + cancelled + skipped + todo,
		note: skipped + todo > 0 ? `${skipped + todo} not run, which counts as failed` : null,
	};
}

function countUnittest(text) {
	const ran = [...text.matchAll(/^Ran (\d+) tests? in /gm)].at(-1);
	const verdict = [...text.matchAll(/^(?:OK|FAILED|NO TESTS RAN)(?: \((.*)\))?$/gm)].at(-1);
	if (ran === undefined || verdict === undefined) return null;
	const of = (name) => Number(new RegExp(`\\b${name}=(\\d+)`).exec(verdict[1] ?? '')?.[1] ?? 0);
	const skipped = of('skipped');
	const failed = of('failures') + of('errors') + skipped + of('unexpected successes');
	return { passed: Math.max(0, Number(ran[1]) - failed), failed, note: skipped > 0 ? `${skipped} not run, which counts as failed` : null };
}

function countChecks(text) {
	const found = [...text.matchAll(/^(\d+) of (\d+) checks passed/gm)].at(-1);
	return found === undefined ? null : { passed: Number(found[1]), failed: Number(found[2]) - Number(found[1]) };
}
