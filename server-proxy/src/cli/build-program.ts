import { Command } from 'commander';
import { runServeCommand } from '../lifecycle/serve-command.ts';
import { serverVersion } from '../server-version.ts';
import type { CommandContext } from './command-context.ts';
import { check } from './commands/check.ts';
import { checkConfig, showConfig } from './commands/config.ts';
import { diagnose } from './commands/diagnose.ts';
import { cancel, deleteJob, job, jobs } from './commands/jobs.ts';
import { type LabelOptions, label } from './commands/label.ts';
import { logs } from './commands/logs.ts';
import { parameters } from './commands/parameters.ts';
import { rerun } from './commands/rerun.ts';
import { result } from './commands/result.ts';
import { submit } from './commands/submit.ts';
import { keep, moveIn, restore, show, versions } from './commands/versions.ts';
import { completionScript } from './completion.ts';
import { exitCodes } from './exit-codes.ts';
import { addJobOptions } from './job-choices.ts';

/** A program whose commands leave their exit code where `exitCode` reads it. */
export interface Program {
	readonly command: Command;
	readonly exitCode: () => number;
}

const description = `Keeps versions of notebooks, and runs them as jobs.

Exit codes: 0 done; 1 the job failed, was cancelled or lost; 2 bad input, nothing was stored; 3 no server could be reached; 130 stopped by Ctrl-C (a job goes on).`;

/** Every command of `nightlog`, with its options and what it does. */
export function buildProgram(context: CommandContext): Program {
	const program = new Command('nightlog');
	let exitCode: number = exitCodes.done;
	program
		.description(description)
		.version(serverVersion, '-V, --version')
		.showHelpAfterError('See "nightlog --help".')
		.configureHelp({ showGlobalOptions: true });

	const json = ['--json', 'print JSON, and errors as a problem document'] as const;
	/** A command whose operand is one text, and that can print JSON. */
	const one = <Options>(name: string, about: string, action: (context: CommandContext, operand: string, options: Options) => Promise<number>) =>
		program
			.command(name)
			.description(about)
			.option(...json)
			.action(async (operand: string, options: Options) => {
				exitCode = await action(context, operand, options);
			});
	/** A command without an operand. */
	const none = <Options>(parent: Command, name: string, about: string, action: (context: CommandContext, options: Options) => Promise<number>) =>
		parent
			.command(name)
			.description(about)
			.option(...json)
			.action(async (options: Options) => {
				exitCode = await action(context, options);
			});

	const cell = (command: Command) => command.option('--cell <ID>', 'run this cell and the code cells above it: its id, or its place from 1');
	const wait = (command: Command) => command.option('--wait', 'follow the job to its end; Ctrl-C leaves it running');

	wait(cell(addJobOptions(one('submit <NOTEBOOK>', 'keep a version of a notebook and run it as a job', submit))));
	cell(addJobOptions(one('check <NOTEBOOK>', 'say what would keep a job from running', check)));
	none(program, 'jobs', 'list jobs, newest first', jobs)
		.option('--limit <N>', 'at most so many')
		.option('--state <STATE>', 'only those in this state')
		.option('--notebook <FILE>', 'only those of this notebook')
		.option('--backend <NAME>', 'only those of this backend')
		.option('--search <TEXT>', 'only those with this in their name');
	one('job <ID>', 'show a job', job);
	one('logs <ID>', 'print what a job wrote', logs).option('-f, --follow', 'go on until the job ends');
	one('cancel <ID>', 'ask for the end of a job', cancel);
	one('delete <ID>', 'remove an ended job with its log and files; its versions stay', deleteJob);
	wait(addJobOptions(one('rerun <ID>', 'run the same version again, with what is changed here', rerun))).option(
		'--rebuild',
		'make its environment anew from the run record, and compare what each cell gives; implies --wait',
	);
	one('result <ID>', 'print the executed notebook, or write it to a file', result)
		.option('-o, --output <FILE>', 'write it there')
		.option('--force', 'replace a file that exists');
	one('keep <NOTEBOOK>', 'keep what is on disk as a version', keep).option('--label <TEXT>', 'and give it this name');
	one('versions <NOTEBOOK>', "list a notebook's versions, newest first", versions)
		.option('--results', "with jobs' results")
		.option('--limit <N>', 'at most so many');
	one('show <NOTEBOOK@VERSION>', 'print a notebook as it was kept, or write it to a file', show)
		.option('-o, --output <FILE>', 'write it there')
		.option('--force', 'replace a file that exists');
	one('restore <NOTEBOOK@VERSION>', 'write a notebook as it was kept, after keeping what is there', restore).option(
		'--to <FILE>',
		'write a new file instead',
	);
	program
		.command('label <NOTEBOOK@VERSION> [TEXT]')
		.description('name a version that was kept, or name it otherwise')
		.option('--move', 'take the name from another version that has it')
		.option('--remove', 'take its name away')
		.option(...json)
		.action(async (operand: string, text: string | undefined, options: LabelOptions) => {
			exitCode = await label(context, operand, text, options);
		});
	one('move-in <NOTEBOOK>', 'move versions from your own store into the repository that their folder has become', moveIn);
	one('parameters <NOTEBOOK>', "list a notebook's parameters", parameters);
	const config = program.command('config').description('the configuration that is in force here');
	none(config, 'check', 'say what is wrong with it', checkConfig);
	none(config, 'show', 'print it, without secrets', showConfig).option('--origin', 'with the file that each value comes from');
	none(program, 'diagnose', 'say what Nightlog finds on this machine, and what is missing', diagnose);
	// Its options are its own, and told by its own help.
	program
		.command('serve [ARGUMENTS...]')
		.description('run the server in this terminal; commands start one by themselves')
		.allowUnknownOption()
		.helpOption(false)
		.action(async (argv: string[]) => {
			exitCode = await runServeCommand(argv);
		});
	program
		.command('completion <SHELL>')
		.description('print a script that completes commands: bash, zsh or fish')
		.action((shell: string) => {
			context.terminal.write(completionScript(program, shell));
		});
	return { command: program, exitCode: () => exitCode };
}
