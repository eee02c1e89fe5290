import { isSameNotebook } from '@nightlog/shared/notebook/canonical-notebook';
import { parseNotebook, readNotebook } from '@nightlog/shared/notebook/parse-notebook';
import { writeNotebook } from '@nightlog/shared/notebook/write-notebook';
import type { Reading } from './notebook-readings.ts';
import { hasSameCode } from './says-same.ts';

/**
 * The bytes of what somebody has on the screen: those on disk where they say the same, else the form in which nbformat writes it, so that a later save by
 * Jupyter gives these very bytes. What is no notebook stays as it came.
 *
 * @param disk what is on disk; null where that cannot be read
 */
export function screenBytes(content: string, disk: Reading | null): Buffer {
	const { value } = parseNotebook(content);
	if (value === null) return Buffer.from(content);
	const written = Buffer.from(writeNotebook(value.root));
	if (disk === null || disk.bytes.equals(written)) return disk?.bytes ?? written;
	// Only what has the same code is worth reading whole: a submission is waited for.
	if (disk.notebook === null || !hasSameCode(disk.notebook, value)) return written;
	const saved = readNotebook(disk.bytes).value;
	return saved !== null && isSameNotebook(saved, value) ? disk.bytes : written;
}
