import { jobTables, jobTablesOfFormat2 } from '../jobs/job-tables.ts';
import type { Migrations } from '../store/open-store.ts';
import { versionTables } from '../versions/version-tables.ts';

/** Every format of the store that was released, as what leads to it from the one before. A released one is never changed: what comes later is added. */
export const migrations: Migrations = [[...versionTables, ...jobTables], jobTablesOfFormat2];
