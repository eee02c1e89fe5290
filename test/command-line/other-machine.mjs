// Loaded into every Node of a command (`--import`): it believes to be on another machine, with its home on a network file system.

import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

const name = process.env.NIGHTLOG_TEST_MACHINE;
/** `f_type` of NFS. Source: linux/magic.h */
const nfs = 0x6969;
const { statfs } = promises;

os.hostname = () => name;
promises.statfs = async (...given) => Object.assign(await statfs(...given), { type: nfs });
syncBuiltinESMExports();
