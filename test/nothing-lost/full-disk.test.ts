// The disk under the state folder or the project is full, in bytes and in file numbers: what cannot be done is refused in plain words, nothing is half done,
// what was there stays, and when there is room again everything goes on. The soak leaves room for one step after another.
import { testFullDisk } from './full-disk-cases.ts';

testFullDisk({
	places: { 'the state folder': ['state'], 'the project': ['project'] },
	leftBytes: [0, 12_288, 49_152],
	leftFiles: [0, 2, 6],
});
