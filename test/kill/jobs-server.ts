// A server of jobs without its HTTP: it takes up what is stored, does what it is told in its arguments, and ends when no job is open.
// Started by jobs.kill.test.ts, which kills it.
import type { JobId } from '@nightlog/shared/base/ids';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { JobBench } from '../../server-proxy/src/jobs/job-bench.test-case.ts';

/** What the server is to do, as JSON in its argument. */
export interface ServerOrders {
	readonly root: string;
	/** Posted at once, all together, with one key. */
	readonly posts: readonly { readonly cells: readonly string[]; readonly name: string }[];
	/** Cancels the job when it runs. */
	readonly cancel: boolean;
	/** Whether new jobs are written down in a log first, as where the store lies on a network. */
	readonly withLog: boolean;
}

/** What it says on standard output before it ends by itself. */
export interface ServerReport {
	readonly jobs: readonly Job[];
	readonly refused: readonly string[];
}

const files = { 'notebooks/local.py': 'x = 1', 'lib/deep/b.txt': 'b', 'notebooks/link.txt': { link: 'local.py' } } as const;

async function serve(orders: ServerOrders): Promise<ServerReport> {
	const bench = new JobBench(orders.root);
	const jobs = await bench.start({ withLog: orders.withLog });
	const refused: string[] = [];
	const { signal } = new AbortController();
	const watch = jobs.onDidChange((news) => {
		if (orders.cancel && news.kind === 'job' && news.job.state === 'running') void jobs.cancel(news.job.id as JobId, signal);
	});
	await Promise.all(
		orders.posts.map(({ cells, name }) =>
			jobs.submit(bench.request(cells, files, { name }), 'one-key-for-all', signal).catch((error: { code?: string }) => {
				refused.push(error.code ?? String(error));
			}),
		),
	);
	await new Promise<void>((resolve) => {
		const look = setInterval(() => {
			if (jobs.openCount() > 0) return;
			if (bench.database.prepare("SELECT 1 FROM job_jobs WHERE stage NOT IN ('done', 'expired')").get() !== undefined) return;
			clearInterval(look);
			resolve();
		}, 5);
	});
	watch.dispose();
	const report = { jobs: jobs.list({ limit: 500 }).jobs, refused };
	await bench.stop();
	return report;
}

serve(JSON.parse(process.argv[2] ?? '{}') as ServerOrders).then(
	(report) => process.stdout.write(JSON.stringify(report)),
	(error: unknown) => {
		process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
		process.exitCode = 1;
	},
);
