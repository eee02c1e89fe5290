// Runs at the end of `npm ci` in the checkout: after it, `npx nightlog` works. A machine without Python still gets everything that needs none.
import { buildServer } from './build-server.mjs';
import { endWith, Problem } from './problem.mjs';
import { ensurePythonEnvironment } from './python-environment.mjs';
import { step } from './step.mjs';

async function preparePython() {
	try {
		await step('Python environment', async () => {
			const { folder, made } = await ensurePythonEnvironment();
			return made ? `made in ${folder}` : folder;
		});
		return null;
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return error.message;
	}
}

async function prepare() {
	const [missing] = await Promise.all([
		preparePython(),
		step('server and command line', async () => ((await buildServer()) ? 'built' : 'up to date')),
	]);
	if (missing === null) return;
	console.warn(`\n${missing}\nWithout it \`npm start\` does not work, and notebooks run only with a Python that you have. The rest is ready.`);
}

prepare().catch(endWith);
