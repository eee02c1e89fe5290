import type { Repository, RepositoryLayout } from '@nightlog/shared/versions/repository';

/** How repositories are looked at and opened: the real ones in the service, others in its tests. */
export interface RepositoryEngine {
	/** What a folder's repository is; null where the folder is in none. */
	inspect(folder: string, signal: AbortSignal): Promise<RepositoryLayout | null>;
	open(layout: RepositoryLayout): Promise<Repository>;
	/** One in which nothing can be kept now; null where it cannot be read either. */
	openForReading(layout: RepositoryLayout): Promise<Repository | null>;
	/** The bare repository at `folder`, made where there is none. */
	createStore(folder: string): Promise<Repository>;
}
