import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GitCommand } from './git-commands.ts';
import { pythonUses } from './python-uses.ts';

const rows: readonly (readonly [source: string, git: GitCommand])[] = [
	['!git rev-parse HEAD', 'asks'],
	['  !git -c core.pager=cat log -1', 'asks'],
	['!!git status', 'asks'],
	['head = !git rev-parse --short HEAD', 'asks'],
	['x = 1\n%sx git describe', 'asks'],
	['!echo $(git describe) && git log | head', 'asks'],
	['%%bash\nset -e\ngit diff --stat', 'asks'],
	['%%script bash\ngit log', 'asks'],
	['subprocess.check_output(["git", "rev-parse", "HEAD"])', 'asks'],
	['import subprocess as s\nhead = s.run(args=("git", "log"), text=True).stdout', 'asks'],
	['os.popen("git rev-parse HEAD").read()', 'asks'],
	['"git rev-parse HEAD".split()', null],
	['shlex.split("git rev-parse HEAD")', 'asks'],
	['!git clone https://example.org/x.git', 'makes'],
	['!git init . && git add .', 'makes'],
	['subprocess.run(["git", "clone", url])', 'makes'],
	['!git --version', null],
	['!git config --global user.name x', null],
	['!git -C /elsewhere log', null],
	['!git --git-dir=/elsewhere/.git log', null],
	['!cd x && git log', null],
	['!cat git.txt; echo git log', null],
	['!pip install git+https://example.org/x', null],
	['print("git log")', null],
	['# !git log', null],
	['%%writefile x.sh\n!git log', null],
	['%%html\ngit log', null],
	['run(["git", "log"], cwd="/elsewhere")', null],
	['run(["git", "log"], env={"GIT_DIR": "/elsewhere"})', null],
	['run(["echo", "git"])', null],
];
for (const [source, expected] of rows) {
	test(`${JSON.stringify(source)} ${expected ?? 'does nothing with'} the repository`, () => assert.equal(pythonUses(source).git, expected));
}

for (const [what, line] of [
	['blanks', ' '.repeat(190_000)],
	['names and blanks', 'a '.repeat(95_000)],
	['empty lines', '\n'.repeat(190_000)],
	['more than anybody types', 'x = 1\n'.repeat(1_000_000)],
] as const)
	test(`a cell of ${what} is read in a moment`, { timeout: 30_000 }, () => assert.equal(pythonUses(line).git, null));
