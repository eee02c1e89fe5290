import { versionOf } from '@nightlog/shared/versions/list-versions';
import type { StoredVersion } from '@nightlog/shared/versions/object-reader';
import { leftOutOf } from '@nightlog/shared/versions/version-document';
import type { HistoryOffer, VersionDetail } from '@nightlog/shared/versions/version-schema';
import type { Place } from './repositories.ts';

/** A version with what was kept, as the API shows it. */
export function describeVersion(place: Place, version: StoredVersion, label: string | null, note: string | null): VersionDetail {
	return {
		...versionOf(version, label),
		project: version.document.project ?? place.project,
		repository: place.gitDir,
		inProject: place.inProject,
		parents: [...version.commit.parents],
		branchCommit: version.document.branchCommit,
		leftOut: leftOutOf(version.document),
		files: version.document.files.map(({ path, sizeBytes }) => ({ path, sizeBytes })),
		note,
		offer: offerOf(place),
	};
}

/** What is offered of a place; null where nothing is. */
export function offerOf(place: Place): HistoryOffer | null {
	return place.canMoveTo === null ? null : { repository: place.canMoveTo.gitDir, store: place.gitDir };
}
