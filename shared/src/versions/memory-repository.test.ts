import { createHash } from 'node:crypto';
import { createMemoryRepository } from './memory-repository.ts';
import { checkRepository } from './repository.test-case.ts';

for (const objectFormat of ['sha1', 'sha256'] as const) {
	checkRepository(`in memory, ${objectFormat}`, async () => ({
		repository: createMemoryRepository({
			objectFormat,
			hash(parts) {
				const hash = createHash(objectFormat);
				for (const part of parts) hash.update(part);
				return hash.digest();
			},
		}),
		dispose: async () => {},
	}));
}
