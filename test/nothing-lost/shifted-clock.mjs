// Loaded into the server before its bundle (`node --import`): its wall clock is off by the milliseconds that a file says, and jumps when the file changes.
import { readFileSync } from 'node:fs';

const file = process.env.NIGHTLOG_TEST_CLOCK;
const RealDate = Date;

function offsetMs() {
	try {
		return Number(readFileSync(file, 'utf8'));
	} catch {
		return 0;
	}
}

globalThis.Date = class extends RealDate {
	constructor(...given) {
		if (given.length === 0) super(RealDate.now() + offsetMs());
		else super(...given);
	}

	static now() {
		return RealDate.now() + offsetMs();
	}
};
