// Loaded into the server before its bundle (`node --import`): kills it before the file operation with this number, counted from the first one in a job's folder.
// So it dies also within what is one step to the jobs: reading a version, writing the objects of a result, moving its ref.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const wanted = Number(process.env.NIGHTLOG_TEST_KILL_AT_OPERATION);
const jobsFolder = /\/nightlog\/jobs(?:\/|$)/;
let done = 0;

function count(given) {
	if (done === 0 && !given.some((value) => typeof value === 'string' && jobsFolder.test(value))) return;
	done += 1;
	if (done === wanted) process.kill(process.pid, 'SIGKILL');
}

function wrap(object, names) {
	for (const name of names) {
		const original = object[name];
		if (typeof original !== 'function') continue;
		const counted = function counted(...given) {
			count(given);
			return original.apply(this, given);
		};
		// Some have a second form as a member: `realpathSync.native`.
		object[name] = Object.assign(counted, original);
	}
}

const operations = ['open', 'readFile', 'writeFile', 'appendFile', 'rename', 'link', 'symlink', 'unlink', 'rm', 'rmdir', 'mkdir', 'readdir'];
const looks = ['stat', 'lstat', 'realpath', 'readlink', 'access', 'chmod', 'utimes'];
wrap(fs.promises, [...operations, ...looks]);
wrap(
	fs,
	[...operations, ...looks, 'write', 'fsync'].map((name) => `${name}Sync`),
);
const handle = await fs.promises.open('/dev/null');
wrap(Object.getPrototypeOf(handle), ['read', 'write', 'readFile', 'writeFile', 'sync', 'datasync', 'truncate']);
await handle.close();
syncBuiltinESMExports();
