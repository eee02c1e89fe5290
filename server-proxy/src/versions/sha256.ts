import { createHash, hash } from 'node:crypto';

/** SHA-256 as lowercase hexadecimal digits. */
export function sha256Hex(data: Uint8Array | string): string {
	return hash('sha256', data, 'hex');
}

/** SHA-256 as 32 bytes. */
export function sha256Bytes(data: Uint8Array | string): Buffer {
	return createHash('sha256').update(data).digest();
}
