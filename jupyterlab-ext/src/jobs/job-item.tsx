import { closeIcon, deleteIcon, type LabIcon, refreshIcon } from '@jupyterlab/ui-components';
import type { JobAction, JobRow } from '@nightlog/shared/views/job-row';
import type { Translation } from '@nightlog/shared/views/translation';
import type * as React from 'react';
import { actionIcons } from '../icons/icons.ts';
import { RowButton } from '../views/row-button.tsx';

const pictures: Readonly<Record<JobAction, LabIcon>> = {
	'bring-outputs': actionIcons.bring,
	'open-result': actionIcons.open,
	'show-log': actionIcons.log,
	cancel: closeIcon,
	rerun: refreshIcon,
	delete: deleteIcon,
};

function labelOf(action: JobAction, trans: Translation): string {
	switch (action) {
		case 'bring-outputs':
			return trans.__('Bring outputs here');
		case 'open-result':
			return trans.__('Open the result');
		case 'show-log':
			return trans.__('Show the log');
		case 'cancel':
			return trans.__('Cancel');
		case 'rerun':
			return trans.__('Run again');
		case 'delete':
			return trans.__('Delete');
		default:
			return action satisfies never;
	}
}

/** A job in the list. */
export function JobItem(props: { row: JobRow; trans: Translation; act: (action: JobAction, id: string) => void }): React.JSX.Element {
	const { row, trans } = props;
	return (
		<li className={`nightlog-item nightlog-job nightlog-mod-${row.tone}`} data-job={row.id}>
			<div className="nightlog-item-head">
				<span className="nightlog-item-name" title={row.notebook}>
					{row.name}
				</span>
				<span className="nightlog-item-actions">
					{row.actions.map((action) => (
						<RowButton key={action} icon={pictures[action]} label={labelOf(action, trans)} onClick={() => props.act(action, row.id)} />
					))}
				</span>
			</div>
			<div className="nightlog-job-state" title={row.detail ?? undefined}>
				{row.state}
			</div>
			{row.progress !== null && <progress value={row.progress.done} max={row.progress.total} aria-label={row.state} />}
			{row.parameters !== '' && <div className="nightlog-item-parameters">{row.parameters}</div>}
			<div className="nightlog-item-when">{[row.when, row.duration, row.kept].filter((part) => part !== null).join(' · ')}</div>
		</li>
	);
}
