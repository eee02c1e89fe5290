import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import * as vscode from 'vscode';
import { connectionOf, describeConnection } from './describe-connection.ts';
import { parseServerFile, serverFilePath } from './server-file.ts';

/** Called by VS Code once, when the first notebook opens or a command is used. */
export function activate(context: vscode.ExtensionContext): void {
	context.subscriptions.push(vscode.commands.registerCommand('nightlog.showConnection', showConnection));
}

async function showConnection(): Promise<void> {
	const path = serverFilePath(process.env);
	const text = await readTextIfThere(path);
	const connection = connectionOf({ text, path }, text === null ? null : parseServerFile(text), hostname(), isAlive);
	await vscode.window.showInformationMessage(describeConnection(connection));
}

async function readTextIfThere(path: string): Promise<string | null> {
	try {
		return await readFile(path, 'utf8');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
		throw error;
	}
}

/** Whether a process of this machine lives, whoever it belongs to. */
function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}
