import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { ProgressLines } from './progress-lines.ts';
import type { Terminal } from './terminal.ts';

function linesOf(isInteractive: boolean, tell: (progress: ProgressLines) => void): string {
	let written = '';
	const terminal: Terminal = {
		isInteractive,
		hasColour: isInteractive,
		write: (text) => {
			written += typeof text === 'string' ? text : new TextDecoder().decode(text);
		},
		writeError: () => assert.fail('progress is no error'),
	};
	tell(new ProgressLines(terminal));
	return written;
}

const waiting = (reason: string | null) => ({ state: 'queued', reason, progress: { done: 0, total: 2 } }) as Job;

function tellTwoCells(progress: ProgressLines): void {
	progress.onRunnerEvent({ seq: 1, kind: 'started', attempt: 1, total: 2 });
	progress.onRunnerEvent({ seq: 2, kind: 'cell-started', cell: 'data', index: 1 });
	progress.onRunnerEvent({ seq: 3, kind: 'cell-ended', cell: 'data', index: 1, status: 'ok', durationSeconds: 0.42, done: 1 });
	progress.onRunnerEvent({ seq: 4, kind: 'later-kind' });
	progress.onRunnerEvent({ seq: 5, kind: 'cell-started', cell: 'pl\not', index: 2 });
	progress.onRunnerEvent({ seq: 6, kind: 'cell-ended', cell: 'pl\not', index: 2, status: 'error', durationSeconds: 61, done: 2 });
	progress.end();
}

test('in a pipe: a plain line for each cell that ended', () => {
	assert.equal(linesOf(false, tellTwoCells), '[1/2] data: ok, 0.4 s\n[2/2] pl\\not: error, 1 min 1 s\n');
});

test('on a terminal: the line of the running cell is replaced, with colours', () => {
	assert.equal(
		linesOf(true, tellTwoCells),
		'[1/2] data …\r\x1b[2K[1/2] data: \x1b[32mok\x1b[0m, 0.4 s\n[2/2] pl\\not …\r\x1b[2K[2/2] pl\\not: \x1b[31merror\x1b[0m, 1 min 1 s\n',
	);
});

test('a job that ends within a cell leaves an empty line', () => {
	const written = linesOf(true, (progress) => {
		progress.onRunnerEvent({ kind: 'cell-started', cell: 'a' });
		progress.end();
		progress.end();
	});
	assert.equal(written, '[1/?] a …\r\x1b[2K');
});

test('a reason to wait is told once', () => {
	const written = linesOf(false, (progress) => {
		for (const reason of [null, 'both slots are taken', 'both slots are taken', 'one more']) progress.onJob(waiting(reason));
	});
	assert.equal(written, 'waiting: both slots are taken\nwaiting: one more\n');
});

test('another attempt is told', () => {
	assert.equal(
		linesOf(false, (progress) => progress.onRunnerEvent({ kind: 'started', attempt: 2, total: 1 })),
		'attempt 2\n',
	);
});
