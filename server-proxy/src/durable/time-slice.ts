import { step } from './crash-points.ts';

/** How long the event loop may be held. */
const sliceMs = 5;

/** A while of short, synchronous file operations in a row; begins when it is made. */
export class TimeSlice {
	#begun = performance.now();

	/** Whether the loop was held long enough. */
	isOver(): boolean {
		return performance.now() - this.#begun >= sliceMs;
	}

	begin(): void {
		this.#begun = performance.now();
	}
}

/**
 * Lets others have their turn. In a long row of file operations, synchronous ones cost a tenth of asynchronous ones where the disk is near, and where it
 * is far each holds the loop only as long as it takes.
 */
export async function rest(slice: TimeSlice): Promise<void> {
	await step('slice/rest', () => new Promise<void>((resolve) => setImmediate(resolve)));
	slice.begin();
}
