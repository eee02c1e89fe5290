import type { LabIcon } from '@jupyterlab/ui-components';
import type * as React from 'react';

/** A small button with a picture, which says what it does to those who cannot see it. */
export function RowButton(props: { icon: LabIcon; label: string; onClick: () => void }): React.JSX.Element {
	return (
		<button type="button" className="nightlog-row-button" title={props.label} aria-label={props.label} onClick={props.onClick}>
			<props.icon.react tag="span" width="14px" height="14px" />
		</button>
	);
}
