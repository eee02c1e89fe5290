// The disk under the state folder, the project or both fills up at one step after another; see full-disk.test.ts.
import { testFullDisk } from './full-disk-cases.ts';

testFullDisk({
	places: { 'the state folder': ['state'], 'the project': ['project'], both: ['state', 'project'] },
	leftBytes: [0, 4_096, 8_192, 12_288, 16_384, 24_576, 32_768, 49_152, 65_536, 131_072],
	leftFiles: [0, 1, 2, 3, 4, 5, 6, 8, 10, 14],
});
