import { Type } from '@sinclair/typebox';
import { oneOf } from '../base/nullable.ts';
import { Finding } from '../jobs/finding.ts';

/** What a server says of its configuration. */
export const ShownConfiguration = Type.Object(
	{
		config: Type.Record(Type.String(), Type.Unknown()),
		origins: Type.Record(Type.String(), Type.String()),
		findings: Type.Array(Finding),
		files: Type.Optional(
			Type.Array(Type.Object({ path: Type.String(), scope: oneOf(['site', 'person', 'project']) }, { additionalProperties: false }), {
				description: 'Where this server looks for configuration, the strongest last; they need not be there.',
			}),
		),
	},
	{ additionalProperties: false },
);
