import { join } from 'node:path';
import type { NewObject } from './object-store.ts';
import type { PackedObject, PackOwnObjectsOptions } from './pack-own-objects.ts';
import { writePack } from './pack-writer.ts';

/** Writes objects that are here as one more pack, by the person's `git` where there is one, durably. Its name, which is on our list, is given back. */
export async function writeOwnPack(objects: readonly PackedObject[], options: PackOwnObjectsOptions, signal: AbortSignal): Promise<string> {
	if (options.packByGit !== null) return await options.packByGit(objects, signal);
	const { objectsFolder, calls, objectFormat, shared, records } = options;
	const pack = await writePack(objects.length, readAll(objects, options, signal), {
		folder: join(objectsFolder, 'pack'),
		calls,
		objectFormat,
		shared,
		uniqueName: options.uniqueName(),
		beforePublish: (name) => records.addPack(name),
	});
	return pack.name;
}

async function* readAll(objects: readonly PackedObject[], options: PackOwnObjectsOptions, signal: AbortSignal): AsyncGenerator<NewObject> {
	for (const { oid } of objects) {
		signal.throwIfAborted();
		const object = await options.read(oid);
		if (object === null) throw new Error(`the object ${oid} went away while it was packed`);
		yield { oid, ...object };
	}
}
