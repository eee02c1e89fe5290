import { Problem } from './problem.mjs';
import { tryCommand } from './run-command.mjs';

const question = 'import sys, venv, ensurepip; print(sys.executable, *sys.version_info[:2], sep="\\n")';
const oldest = [3, 11];

/**
 * Finds a Python that is new enough: `NIGHTLOG_PYTHON`, else `python3`, else the newest `python3.x` on the path.
 *
 * @returns {Promise<string>} absolute path of the interpreter
 * @throws Problem that says what is missing and how to get it
 */
export async function findPython(environment = process.env) {
	const names = environment.NIGHTLOG_PYTHON
		? [environment.NIGHTLOG_PYTHON]
		: ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', ...(process.platform === 'win32' ? ['python'] : [])];
	let tooOld = null;
	let withoutVenv = null;
	for (const name of names) {
		const { code, output } = await tryCommand(name, ['-I', '-c', question]);
		if (code !== 0) {
			if (/No module named '?(ensurepip|venv)/.test(output)) withoutVenv ??= name;
			continue;
		}
		const [program, major, minor] = output.trim().split(/\r?\n/).slice(-3);
		if (Number(major) > oldest[0] || (Number(major) === oldest[0] && Number(minor) >= oldest[1])) return program;
		tooOld ??= `${program} is Python ${major}.${minor}`;
	}
	if (withoutVenv !== null) {
		throw new Problem(`Python's \`venv\` module is missing for ${withoutVenv}. On Debian or Ubuntu: apt-get install python3-venv`);
	}
	const found = tooOld === null ? 'none was found on the path' : `${tooOld}`;
	throw new Problem(
		`JupyterLab needs Python ${oldest.join('.')} or newer, and ${found}. Install one (Debian: apt-get install python3 python3-venv), or name it in NIGHTLOG_PYTHON.`,
	);
}
