import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { sectionTable } from '@nightlog/shared/commands/section-table';
import { describeMoment } from '@nightlog/shared/views/time-words';
import type { Translation } from '@nightlog/shared/views/translation';
import { groupVersions } from '@nightlog/shared/views/version-days';
import type * as React from 'react';
import { icons } from '../icons/icons.ts';
import type { IConnection } from '../tokens.ts';
import { type VersionAction, VersionItem } from './version-item.tsx';
import type { VersionsModel, VersionsState } from './versions-model.ts';

/** What the list of versions needs of the rest. */
export interface VersionsSectionOptions {
	readonly connection: IConnection;
	readonly model: VersionsModel;
	readonly trans: Translation;
	readonly act: (action: VersionAction, id: string) => void;
	/** Takes the offer to move the history. */
	readonly moveHistory: () => void;
}

/** Something about these versions that a person has to know, and why it is so. */
function Notice({ name, says, why }: { name: string; says: string; why: string }): React.JSX.Element {
	return (
		<div className={`nightlog-notice nightlog-${name}`} role="alert">
			<p>{says}</p>
			<p>{why}</p>
		</div>
	);
}

/** What keeps the list from being all that was saved. */
function Notices({ state, trans }: { state: VersionsState; trans: Translation }): React.JSX.Element {
	const { unkept, unreadable } = state;
	const since = unkept === null ? '' : describeMoment(unkept.since, Date.now(), trans);
	return (
		<>
			{unkept !== null && (
				<Notice name="unkept" says={trans.__('What was saved since %1 is on disk, but not kept as a version.', since)} why={unkept.title} />
			)}
			{unreadable !== null && <Notice name="unreadable" says={trans.__('Not all versions of this notebook can be read.')} why={unreadable.title} />}
		</>
	);
}

function VersionList(props: { state: VersionsState; options: VersionsSectionOptions; connected: boolean }): React.JSX.Element {
	const { state, options } = props;
	const { trans, model } = options;
	const say = (sentence: string) => <p className="nightlog-empty">{sentence}</p>;
	if (state.panel === null) return say(trans.__('Open a notebook to see its versions.'));
	if (state.declined !== null) return say(state.declined);
	if (!state.loaded) {
		if (!props.connected) return say('');
		return say(state.error?.message ?? trans.__('Reading the versions…'));
	}
	if (state.versions.length === 0) {
		if (state.unkept !== null || state.unreadable !== null) return <Notices state={state} trans={trans} />;
		return say(trans.__('No versions of this notebook yet. Each time you save it, one is kept here; you need to do nothing else.'));
	}
	return (
		<>
			<Notices state={state} trans={trans} />
			{state.offer !== null && (
				<div className="nightlog-notice nightlog-offer">
					<p>{trans.__('These versions are in your own store, not in the repository of this folder.')}</p>
					<button type="button" className="jp-mod-styled" title={state.offer.repository} onClick={options.moveHistory}>
						{trans.__('Move into the repository')}
					</button>
				</div>
			)}
			{groupVersions(state.versions, Date.now(), trans).map((day) => (
				<section key={day.day} aria-label={day.title}>
					<h3 className="nightlog-day">{day.title}</h3>
					<ul className="nightlog-list">
						{day.versions.map((row) => (
							<VersionItem key={row.id} row={row} trans={trans} act={options.act} />
						))}
					</ul>
				</section>
			))}
			{state.hasMore && (
				<button type="button" className="jp-mod-styled jp-mod-minimal nightlog-more" onClick={() => void model.loadMore()}>
					{trans.__('Show older versions')}
				</button>
			)}
		</>
	);
}

/** The section with the versions of the notebook in front. */
export class VersionsSection extends ReactWidget {
	private readonly options: VersionsSectionOptions;

	constructor(options: VersionsSectionOptions) {
		super();
		this.options = options;
		this.id = 'nightlog-versions';
		this.addClass('nightlog-section');
		this.title.label = options.trans.__(sectionTable.versions.title);
		this.title.icon = icons[sectionTable.versions.icon];
		this.node.tabIndex = -1;
	}

	protected override render(): React.JSX.Element {
		const { connection, model } = this.options;
		return (
			<UseSignal signal={connection.statusChanged}>
				{() => (
					<UseSignal signal={model.changed}>
						{() => <VersionList state={model.state} options={this.options} connected={connection.status.kind === 'connected'} />}
					</UseSignal>
				)}
			</UseSignal>
		);
	}

	protected override onAfterShow(message: Message): void {
		super.onAfterShow(message);
		this.options.model.isWatched = true;
	}

	protected override onAfterAttach(message: Message): void {
		super.onAfterAttach(message);
		this.options.model.isWatched = this.isVisible;
	}

	protected override onAfterHide(message: Message): void {
		super.onAfterHide(message);
		this.options.model.isWatched = false;
	}

	protected override onActivateRequest(): void {
		this.node.focus();
	}
}
