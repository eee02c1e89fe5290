/**
 * A float as Python's `repr` writes it: the shortest digits that read back as the same float, with an exponent of at least two digits below 1e-4 and
 * from 1e16 on, and always a point or an exponent: `1.0`, `1e-05`, `1e+16`, `-0.0`, `nan`, `inf`, `-inf`.
 * Source: CPython, Python/pystrtod.c, format code 'r'.
 */
export function formatPythonFloat(value: number): string {
	if (Number.isNaN(value)) return 'nan';
	if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
	if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
	const sign = value < 0 ? '-' : '';
	// Both languages write the shortest digits that round-trip; only the layout differs.
	const [mantissa = '', exponentText = '0'] = Math.abs(value).toExponential().split('e');
	const digits = mantissa.replace('.', '');
	const exponent = Number(exponentText);
	if (exponent < -4 || exponent >= 16) {
		const power = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
		return `${sign}${digits.charAt(0)}${digits.length > 1 ? `.${digits.slice(1)}` : ''}e${power}`;
	}
	if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
	if (digits.length <= exponent + 1) return `${sign}${digits.padEnd(exponent + 1, '0')}.0`;
	return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
