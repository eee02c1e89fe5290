import type { Translation } from '@nightlog/shared/views/translation';
import type * as React from 'react';
import type { ConnectionStatus } from '../tokens.ts';

/** Says that the server does not answer, and why; nothing while it does. */
export function ConnectionNotice(props: { status: ConnectionStatus; trans: Translation; retry: () => void }): React.JSX.Element | null {
	const { status, trans } = props;
	if (status.kind !== 'unreachable') return null;
	return (
		<div className="nightlog-notice" role="alert">
			<p>{trans.__("Nightlog's server cannot be reached.")}</p>
			<p>{status.message}</p>
			<button type="button" className="jp-mod-styled jp-mod-accept" onClick={props.retry}>
				{trans.__('Retry')}
			</button>
		</div>
	);
}
