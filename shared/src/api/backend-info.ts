import { Type } from '@sinclair/typebox';
import { Nullable, oneOf } from '../base/nullable.ts';

const strict = { additionalProperties: false } as const;

/** What a place to run can do; a capability that is false is not offered. */
export const BackendInfo = Type.Object(
	{
		name: Type.String(),
		type: oneOf(['local', 'slurm', 'kubernetes']),
		default: Type.Boolean(),
		reachable: Nullable(Type.Boolean()),
		problem: Nullable(Type.String({ description: 'Why nothing can be submitted there now, and what to do.' })),
		limits: Type.Object(
			{
				cpus: Nullable(Type.Number()),
				memoryBytes: Nullable(Type.Integer()),
				gpus: Nullable(Type.Integer()),
				wallTimeSeconds: Nullable(Type.Integer()),
				slots: Nullable(Type.Integer()),
			},
			strict,
		),
		capabilities: Type.Object(
			{ cpuLimit: Type.Boolean(), memoryLimit: Type.Boolean(), gpus: Type.Boolean(), wallTime: Type.Boolean(), survivesServer: Type.Boolean() },
			strict,
		),
		endsWithSession: Nullable(
			Type.String({
				description: 'What ends its jobs together with the session in which the server runs, in a sentence; null where nothing is known to.',
			}),
		),
	},
	{ $id: 'BackendInfo', ...strict },
);
