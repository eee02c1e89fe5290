import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { sectionTable } from '@nightlog/shared/commands/section-table';
import { describeJob, type JobAction } from '@nightlog/shared/views/job-row';
import type { Translation } from '@nightlog/shared/views/translation';
import type { JobListState } from '@nightlog/shared/workflows/job-list';
import * as React from 'react';
import { icons } from '../icons/icons.ts';
import type { IConnection, IJobs } from '../tokens.ts';
import { ConnectionNotice } from '../views/connection-notice.tsx';
import { JobItem } from './job-item.tsx';

/** What the list of jobs needs of the rest. */
export interface JobsSectionOptions {
	readonly connection: IConnection;
	readonly jobs: IJobs;
	readonly trans: Translation;
	readonly act: (action: JobAction, id: string) => void;
}

/** While a job runs, its duration grows. */
function useClock(ticking: boolean): number {
	const [nowMs, setNowMs] = React.useState(Date.now());
	React.useEffect(() => {
		setNowMs(Date.now());
		if (!ticking) return undefined;
		const timer = window.setInterval(() => setNowMs(Date.now()), 1000);
		return () => window.clearInterval(timer);
	}, [ticking]);
	return Math.max(nowMs, Date.now() - 1000);
}

function JobList(props: { state: JobListState; options: JobsSectionOptions; connected: boolean }): React.JSX.Element {
	const { state, options } = props;
	const { trans, jobs } = options;
	const nowMs = useClock(state.jobs.some((job) => job.state === 'running'));
	if (!state.loaded && state.error !== null && props.connected) return <p className="nightlog-empty">{state.error.message}</p>;
	if (!state.loaded) return <p className="nightlog-empty">{props.connected ? trans.__('Reading the list of jobs…') : ''}</p>;
	if (state.jobs.length === 0) {
		return (
			<p className="nightlog-empty">
				{trans.__(
					'No jobs yet. Open a notebook and press "Submit notebook as job" in its toolbar: it runs in a process of its own while you go on working, and its outputs come back into their cells.',
				)}
			</p>
		);
	}
	return (
		<>
			<ul className="nightlog-list" aria-label={trans.__('Jobs')}>
				{state.jobs.map((job) => (
					<JobItem key={job.id} row={describeJob(job, nowMs, trans)} trans={trans} act={options.act} />
				))}
			</ul>
			{state.hasMore && (
				<button type="button" className="jp-mod-styled jp-mod-minimal nightlog-more" onClick={() => void jobs.loadMore()}>
					{trans.__('Show older jobs')}
				</button>
			)}
		</>
	);
}

/** The section with the person's jobs. */
export class JobsSection extends ReactWidget {
	private readonly options: JobsSectionOptions;

	constructor(options: JobsSectionOptions) {
		super();
		this.options = options;
		this.id = 'nightlog-jobs';
		this.addClass('nightlog-section');
		this.title.label = options.trans.__(sectionTable.jobs.title);
		this.title.icon = icons[sectionTable.jobs.icon];
		this.node.tabIndex = -1;
	}

	protected override render(): React.JSX.Element {
		const { connection, jobs, trans } = this.options;
		return (
			<UseSignal signal={connection.statusChanged}>
				{() => (
					<>
						<ConnectionNotice status={connection.status} trans={trans} retry={() => connection.retry()} />
						<UseSignal signal={jobs.changed}>
							{() => <JobList state={jobs.state} options={this.options} connected={connection.status.kind === 'connected'} />}
						</UseSignal>
					</>
				)}
			</UseSignal>
		);
	}

	protected override onActivateRequest(): void {
		this.node.focus();
	}
}
