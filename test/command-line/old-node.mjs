// Loaded into the Node that a command is started by (`--import`): it believes to be older than what the bundle needs.
Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });
