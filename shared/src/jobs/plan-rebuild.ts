import type { Receipt } from './runner-protocol.ts';

/** What makes an environment anew. */
export interface RebuildPlan {
	/** Version of Python as `uv venv --python` takes it; null where the receipt does not know it. */
	readonly pythonVersion: string | null;
	/** Lines of a requirements file, one a package, sorted by name; complete, so that nothing else needs to be resolved. */
	readonly requirements: readonly Requirement[];
	/** What the receipt names and no registry can give, with why. */
	readonly unavailable: readonly UnavailablePackage[];
	/** What a person should know before they trust a comparison. */
	readonly notes: readonly string[];
}

/** A package that a registry or an address can give. */
export interface Requirement {
	readonly name: string;
	/** A line as pip and uv read it (PEP 508). */
	readonly line: string;
}

/** A package that cannot be had from the receipt alone. */
export interface UnavailablePackage {
	readonly name: string;
	readonly version: string | null;
	readonly reason: string;
}

// PEP 508 and PEP 440: whatever else stands in a receipt must not become an option or another address.
const packageName = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const packageVersion = /^[A-Za-z0-9](?:[A-Za-z0-9._!-]*[A-Za-z0-9])?(?:\+[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?$/;
const packageAddress = /^(?:git\+)?https:\/\/[^\s;"'`\\<>]+$/;

/**
 * How to make the environment of a finished job anew from its receipt alone.
 *
 * A kernel that is not Python gives a plan without requirements and a note. Nothing of the receipt is trusted: names, versions and addresses that are
 * none become unavailable packages.
 */
export function planRebuild(environment: Receipt['environment']): RebuildPlan {
	if (environment.interpreter.language !== 'python') {
		return {
			pythonVersion: null,
			requirements: [],
			unavailable: [],
			notes: [`The kernel's language is ${environment.interpreter.language}; only environments of Python can be made anew.`],
		};
	}
	const requirements: Requirement[] = [];
	const unavailable: UnavailablePackage[] = [];
	const notes: string[] = [];
	for (const { name, version, origin } of [...environment.packages].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))) {
		const reject = (reason: string) => unavailable.push({ name, version, reason });
		if (!packageName.test(name)) reject('its name is not one that a registry can have');
		else if (origin?.includes('://')) {
			if (packageAddress.test(origin)) requirements.push({ name, line: `${name} @ ${origin}` });
			else reject(`it came from ${origin}, which is no https address`);
		} else if (origin !== null && (origin.startsWith('/') || /^[A-Za-z]:\\/.test(origin))) {
			reject(`it was installed from the folder ${origin}, which is not part of the record`);
		} else if (version === null || !packageVersion.test(version)) {
			reject('its version is not known');
		} else {
			requirements.push({ name, line: `${name}==${version}` });
		}
	}
	const fromConda = environment.packages.filter(({ origin }) => origin === 'conda').length;
	if (fromConda > 0) notes.push(`${fromConda} packages came from conda; the same versions are taken from the Python registry where it has them.`);
	if (!environment.packagesComplete) notes.push('The record does not know every package of the environment.');
	if (environment.interpreter.implementation !== null && environment.interpreter.implementation.toLowerCase() !== 'cpython') {
		notes.push(`It ran on ${environment.interpreter.implementation}; it is made anew on CPython.`);
	}
	return { pythonVersion: pythonVersionOf(environment.interpreter.version), requirements, unavailable, notes };
}

function pythonVersionOf(version: string | null): string | null {
	return version !== null && /^3\.\d{1,2}(?:\.\d{1,3})?$/.test(version) ? version : null;
}
