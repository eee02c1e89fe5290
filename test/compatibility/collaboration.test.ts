import { testJourney } from './journey.ts';
import { withCollaboration } from './jupyters.ts';
import { testSharedDocument } from './shared-document.ts';

const journey = testJourney({ start: () => ({ notebooks: [], ...withCollaboration() }), pictures: 'collaboration' });
testSharedDocument(journey, { drive: '', pictures: 'collaboration' });
