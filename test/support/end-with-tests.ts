import type { ChildProcess } from 'node:child_process';
import { after } from 'node:test';

const left = new Set<ChildProcess>();

/**
 * A program that a test started ends with the test's process at the latest, and does not keep that from ending: a test that fails before it can
 * end its programs must fail, not hang. Called before anybody waits for the program's end.
 */
export function endWithTests(child: ChildProcess): void {
	left.add(child);
	child.once('exit', () => left.delete(child));
}

// Outside node:test, as in a benchmark, whoever started a program waits for it.
if (process.env.NODE_TEST_CONTEXT !== undefined) {
	// Runs after the last test of a file, also where a hook failed. Later hooks may use the programs still; so they are not ended yet.
	after(() => {
		for (const child of left) {
			child.unref();
			for (const stream of [child.stdout, child.stderr]) (stream as { unref?: () => void } | null)?.unref?.();
		}
	});
}
process.once('exit', () => {
	for (const child of left) child.kill('SIGKILL');
});
