import path from 'node:path';

/** One file for VS Code's extension host; `vscode` is what the host itself provides. */
export default {
	target: 'node20',
	mode: 'production',
	entry: path.resolve(import.meta.dirname, 'lib/extension.js'),
	output: { path: path.resolve(import.meta.dirname, 'dist'), filename: 'extension.cjs', library: { type: 'commonjs2' }, clean: true },
	externals: { vscode: 'commonjs vscode' },
	devtool: 'source-map',
	optimization: { minimize: false },
	performance: { hints: false },
};
