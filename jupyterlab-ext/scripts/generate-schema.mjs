// `npm run generate`: writes schema/settings.json from the table of commands. `--check` writes nothing and fails where it would have changed.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { settingsSchema } from '../src/settings/settings-schema.ts';

const file = fileURLToPath(new URL('../schema/settings.json', import.meta.url));
const text = `${JSON.stringify(settingsSchema(), null, 2)}\n`;
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
	console.error('jupyterlab-ext/schema/settings.json is not what the table of commands says: run `npm run generate --workspace jupyterlab-ext`.');
	process.exitCode = 1;
}
