import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { crashPoints } from './crash-points.ts';

const source = fileURLToPath(new URL('..', import.meta.url));
const folders = ['jobs', 'backends/local', 'durable'];

/** Files of these folders that no job passes between its acceptance and its end, and why. A new file is on the way until it is named here. */
const notOnTheWay: Readonly<Record<string, string>> = {
	'jobs/job-service.ts': 'answers questions about jobs; what it begins is in other files',
	'jobs/job-remover.ts': 'jobs that have ended',
	'jobs/job-folder.ts': 'only reads, each time within a step of its caller',
	'jobs/check-repository.ts': 'before anything is stored',
	'jobs/check-request.ts': 'before anything is stored',
	'jobs/check-uses.ts': 'before anything is stored',
	'jobs/choose-python.ts': 'before anything is stored',
	'jobs/notebook-facts.ts': 'before anything is stored',
	'jobs/python-probe.ts': 'before anything is stored',
	'durable/crash-points.ts': 'is the step itself',
};

const files = folders
	.flatMap((folder) => readdirSync(path.join(source, folder)).map((name) => `${folder}/${name}`))
	.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('.test-case.ts'));
const onTheWay = files.filter((file) => !Object.hasOwn(notOnTheWay, file));
const trees = new Map(
	onTheWay.map((file) => [file, ts.createSourceFile(file, readFileSync(path.join(source, file), 'utf8'), ts.ScriptTarget.Latest, true)]),
);

interface Use {
	readonly place: string;
	readonly point: string;
}

/** Every problem of a source, and the points that it uses. */
function readAwaits(tree: ts.SourceFile, ownAsync: ReadonlySet<string>): { problems: string[]; uses: Use[] } {
	const problems: string[] = [];
	const uses: Use[] = [];
	const place = (node: ts.Node) => `${tree.fileName}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
	const visit = (node: ts.Node): void => {
		if (ts.isAwaitExpression(node)) {
			const call = node.expression;
			const name = ts.isCallExpression(call) ? nameOf(call.expression) : null;
			if (name !== 'step' && (name === null || !ownAsync.has(name)))
				problems.push(`${place(node)} awaits without a step: ${node.getText().slice(0, 80)}`);
		}
		if (ts.isCallExpression(node) && nameOf(node.expression) === 'step') {
			const [point] = node.arguments;
			if (point !== undefined && ts.isStringLiteral(point)) uses.push({ place: place(node), point: point.text });
			else problems.push(`${place(node)} is a step without a name of its own`);
		}
		if (ts.isForOfStatement(node) && node.awaitModifier !== undefined) problems.push(`${place(node)} awaits in a loop without a step`);
		if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'then') {
			problems.push(`${place(node)} goes on in a then: await it in a step`);
		}
		ts.forEachChild(node, visit);
	};
	visit(tree);
	return { problems, uses };
}

/** `f` of `f()` and `#m` of `this.#m()`; null of everything else. */
function nameOf(callee: ts.Expression): string | null {
	if (ts.isIdentifier(callee)) return callee.text;
	return ts.isPropertyAccessExpression(callee) && callee.expression.kind === ts.SyntaxKind.ThisKeyword ? callee.name.text : null;
}

/** Our own async functions and methods: their awaits are looked at in their place. */
function asyncNames(tree: ts.SourceFile): string[] {
	const names: string[] = [];
	const visit = (node: ts.Node): void => {
		const isFunction = ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node);
		if (isFunction && node.name !== undefined && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword))
			names.push(node.name.getText());
		ts.forEachChild(node, visit);
	};
	visit(tree);
	return names;
}

const ownAsync = new Set([...trees.values()].flatMap(asyncNames));
const read = [...trees.values()].map((tree) => readAwaits(tree, ownAsync));
const uses = read.flatMap((file) => file.uses);

describe('the way of a job from its acceptance to its end', () => {
	test('awaits nothing without a named step', () => {
		assert.deepEqual(
			read.flatMap(({ problems }) => problems),
			[],
		);
	});
	test('has files that were read', () => assert.ok(onTheWay.length >= 15 && uses.length >= 40, `${onTheWay.length} files, ${uses.length} steps`));
	test('names only files that exist as not on it', () => {
		assert.deepEqual(
			Object.keys(notOnTheWay).filter((file) => !files.includes(file)),
			[],
		);
	});
	test('uses each name in one place', () => {
		const seen = new Map<string, string>();
		for (const { point, place } of uses) {
			assert.equal(seen.get(point), undefined, `${point} is used at ${place} and ${seen.get(point)}`);
			seen.set(point, place);
		}
	});
	test('uses every name of the list, and no other', () => {
		assert.deepEqual([...new Set(uses.map(({ point }) => point))].sort(), [...crashPoints].sort());
	});
});

describe('the reader of awaits', () => {
	const rows: readonly [string, string, number][] = [
		['a bare await', 'async function f() { await g(); }', 1],
		['a step', "async function f() { await step('a/b', () => g()); }", 0],
		['a step with a variable for a name', 'async function f() { await step(name, () => g()); }', 1],
		['an own async function', 'async function f() { await h(); }', 0],
		['an own async method', 'class C { async f() { await this.#m(); } }', 0],
		['a method of something else with the same name', 'async function f() { await other.h(); }', 1],
		['an await within a step', "async function f() { await step('a/b', async () => { await g(); }); }", 1],
		['an await of a promise', 'async function f(p) { await p; }', 1],
		['a loop that awaits', 'async function f(p) { for await (const x of p) x; }', 1],
		['a then', 'function f(p) { return p.then(g); }', 1],
	];
	for (const [name, text, expected] of rows) {
		test(`${expected === 0 ? 'passes' : 'refuses'} ${name}`, () => {
			const tree = ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest, true);
			assert.equal(readAwaits(tree, new Set(['h', '#m'])).problems.length, expected);
		});
	}
});
