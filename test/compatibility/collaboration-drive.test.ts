import { testJourney } from './journey.ts';
import { withCollaborationDrive } from './jupyters.ts';
import { testSharedDocument } from './shared-document.ts';

const start = () => ({ notebooks: [], theme: 'JupyterLab Dark' as const, ...withCollaborationDrive() });
const journey = testJourney({ start, drive: 'RTC:', pictures: 'collaboration-drive' });
testSharedDocument(journey, { drive: 'RTC:', pictures: 'collaboration-drive' });
