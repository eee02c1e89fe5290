// Runs at the end of `npm ci` in the checkout: after it, `npx nightlog` works. A machine without Python still gets everything that needs none.
import { buildServer } from './build-server.mjs';
import { markPackagesInstalled } from './node-packages.mjs';
import { endWith, Problem } from './problem.mjs';
import { ensurePythonEnvironment } from './python-environment.mjs';
import { step } from './step.mjs';

async function prepare() {
	markPackagesInstalled();
	await step('server and command line', async () => ((await buildServer()) ? 'built' : 'up to date'));
	try {
		await step('Python environment', async () => {
			const { folder, made } = await ensurePythonEnvironment();
			return made ? `made in ${folder}` : folder;
		});
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		console.warn(
			`\n${error.message}\nWithout it \`npm start\` does not work, and notebooks run only with a Python that you have. The rest is ready.`,
		);
	}
}

prepare().catch(endWith);
