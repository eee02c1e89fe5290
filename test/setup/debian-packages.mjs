import { existsSync, readFileSync } from 'node:fs';
import { Problem } from './problem.mjs';
import { tryCommand } from './run-command.mjs';

/** What the tests need of the system, by what shows that it is there. */
const neededByTests = [
	{ name: 'git', shownBy: ['git', ['--version']] },
	{ name: 'chromium', shownBy: ['chromium', ['--version']] },
	{ name: 'r-cran-irkernel', shownBy: ['Rscript', ['-e', 'library(IRkernel)']] },
	{ name: 'python3-venv', shownBy: ['python3', ['-I', '-c', 'import venv, ensurepip']] },
];

const isDebian = () => existsSync('/etc/os-release') && /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'));

/** Installs the missing ones where that is allowed: on Debian, as root. Elsewhere it says what to install. */
export async function ensureDebianPackages({ needed = neededByTests, ...options } = {}) {
	const missing = [];
	for (const { name, shownBy } of needed) {
		if ((await tryCommand(shownBy[0], shownBy[1])).code !== 0) missing.push(name);
	}
	if (missing.length === 0) return [];
	if (!isDebian() || process.getuid?.() !== 0) {
		throw new Problem(`The tests need ${missing.join(', ')}. On Debian as root they are installed by themselves; here, install them and try again.`);
	}
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	const apt = async (...args) => tryCommand('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-q', ...args], { ...options, env });
	const install = ['install', '-y', '--no-install-recommends', ...missing];
	await apt('update');
	const { code, output } = await apt(...install);
	if (code !== 0) throw new Problem(`${output.trimEnd().split('\n').slice(-20).join('\n')}\napt-get could not install ${missing.join(', ')}.`);
	return missing;
}
