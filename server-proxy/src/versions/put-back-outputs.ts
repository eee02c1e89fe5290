import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { placeholderPattern } from '@nightlog/shared/notebook/output-placeholder';
import type { RestoreOutputs } from '@nightlog/shared/versions/read-version';

/** Puts outputs back into a notebook's bytes without making a text of them: a notebook may have more bytes than a text can have characters. */
export const putBackOutputs: RestoreOutputs = (bytes, payload) => {
	const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
	const pieces: Uint8Array[] = [];
	let done = 0;
	for (const match of text.toString('latin1').matchAll(placeholderPattern())) {
		const output = payload(match[1] ?? '');
		if (output === null) {
			throw new NightlogError('version/damaged', `This version cannot be read whole: the output ${match[1]} is not there.`, {
				data: { output: match[1] ?? '' },
			});
		}
		pieces.push(text.subarray(done, match.index), output);
		done = match.index + match[0].length;
	}
	pieces.push(text.subarray(done));
	return Buffer.concat(pieces);
};
