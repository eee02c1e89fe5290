import { editIcon } from '@jupyterlab/ui-components';
import type { Translation } from '@nightlog/shared/views/translation';
import type { VersionRow } from '@nightlog/shared/views/version-days';
import type * as React from 'react';
import { actionIcons } from '../icons/icons.ts';
import { RowButton } from '../views/row-button.tsx';

/** What can be done with a version. */
export type VersionAction = 'open' | 'restore' | 'label';

/** A version in the list. */
export function VersionItem(props: { row: VersionRow; trans: Translation; act: (action: VersionAction, id: string) => void }): React.JSX.Element {
	const { row, trans, act } = props;
	return (
		<li className="nightlog-item nightlog-version" data-version={row.id}>
			<div className="nightlog-item-head">
				<span className="nightlog-item-name" title={trans.__('%1, by %2', row.id, row.author)}>
					<time>{row.time}</time> {row.reason}
				</span>
				<span className="nightlog-item-actions">
					<RowButton icon={actionIcons.open} label={trans.__('Open this version')} onClick={() => act('open', row.id)} />
					<RowButton icon={actionIcons.restore} label={trans.__('Restore this version')} onClick={() => act('restore', row.id)} />
					<RowButton
						icon={editIcon}
						label={row.label === null ? trans.__('Name this version') : trans.__('Change or remove the name')}
						onClick={() => act('label', row.id)}
					/>
				</span>
			</div>
			{row.label !== null && <div className="nightlog-version-label">{row.label}</div>}
			{row.parameters !== '' && <div className="nightlog-item-parameters">{row.parameters}</div>}
		</li>
	);
}
