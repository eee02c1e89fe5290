/** Whether a file system is this machine's own: only there does a WAL's shared memory work, and one kernel sees every lock. */
export type FileSystemKind = 'local' | 'network';

// `f_type` of statfs(2), from linux/magic.h and the file systems' own sources.
const networkTypes = new Map<number, string>([
	[0x6969, 'NFS'],
	[0x0bd0_0bd0, 'Lustre'],
	[0x4750_4653, 'GPFS'],
	[0x1983_0326, 'BeeGFS'],
	[0x517b, 'SMB'],
	[0xff53_4d42, 'CIFS'],
	[0xfe53_4d42, 'SMB2'],
	[0x6573_5546, 'FUSE'],
	[0x0102_1997, '9P'],
	[0x00c3_6400, 'Ceph'],
	[0x5346_414f, 'AFS'],
	[0x6b41_4653, 'kAFS'],
	[0x7375_7245, 'Coda'],
	[0x7461_636f, 'OCFS2'],
	[0x0116_1970, 'GFS2'],
	[0xaad7_aaea, 'PanFS'],
]);

/** What `statfs` says of a folder. */
export function fileSystemKind(type: number): FileSystemKind {
	return networkTypes.has(type >>> 0) ? 'network' : 'local';
}
