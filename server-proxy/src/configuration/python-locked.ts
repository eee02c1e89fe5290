/** What is said where a site decides the Python of a backend alone. */
export function pythonLocked(backend: string): string {
	return `Whoever looks after this machine decides which Python runs jobs on ${JSON.stringify(backend)} (\`locked\` in the configuration), so no other one can be used there.`;
}
