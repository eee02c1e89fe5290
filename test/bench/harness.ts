import { processUse } from '../support/start-server.ts';
import { type Ratio, ratioOfMedians, type Summary, summarise } from './statistics.ts';

/** What a figure is held against: the issue's own limits. */
export interface Limits {
	readonly median?: number;
	readonly p95?: number;
	/** Highest allowed ratio of ours to the peer's median; the upper end of its interval counts. */
	readonly ratio?: number;
	/** Highest allowed ratio of our 95th percentile to the peer's median. */
	readonly p95Ratio?: number;
}

/** One figure of a report. */
export interface Figure {
	readonly what: string;
	readonly unit: 'ms' | 's' | 'MB' | 'kB' | '%' | 'files';
	readonly ours: Summary;
	readonly peer: { readonly name: string; readonly summary: Summary; readonly ratio: Ratio } | null;
	readonly limits: Limits;
	readonly met: boolean;
	readonly note: string | null;
}

/** Makes a figure of samples; `met` says whether every limit holds. */
export function figureOf(
	what: string,
	unit: Figure['unit'],
	ours: readonly number[],
	limits: Limits,
	more: { readonly peer?: { readonly name: string; readonly samples: readonly number[] }; readonly note?: string } = {},
): Figure {
	const summary = summarise(ours);
	const peer = more.peer && { name: more.peer.name, summary: summarise(more.peer.samples), ratio: ratioOfMedians(ours, more.peer.samples) };
	const met =
		(limits.median === undefined || summary.median <= limits.median) &&
		(limits.p95 === undefined || summary.p95 <= limits.p95) &&
		(limits.ratio === undefined || (peer !== undefined && peer.ratio.high <= limits.ratio)) &&
		(limits.p95Ratio === undefined || (peer !== undefined && summary.p95 / peer.summary.median <= limits.p95Ratio));
	return { what, unit, ours: summary, peer: peer ?? null, limits, met, note: more.note ?? null };
}

const names: Readonly<Record<keyof Limits, string>> = {
	median: 'median',
	p95: '95th percentile',
	ratio: 'ratio',
	p95Ratio: 'ratio of the 95th percentile',
};

/** A line for people. */
export function describeFigure(figure: Figure): string {
	const number = (value: number) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));
	const parts = [
		`${figure.met ? 'met   ' : 'MISSED'} ${figure.what}: median ${number(figure.ours.median)} ${figure.unit}, 95th percentile ${number(figure.ours.p95)}, range ${number(figure.ours.minimum)} to ${number(figure.ours.maximum)}, n ${figure.ours.count}`,
	];
	if (figure.peer) {
		const { name, summary, ratio } = figure.peer;
		parts.push(
			`  ${name}: median ${number(summary.median)} ${figure.unit}, range ${number(summary.minimum)} to ${number(summary.maximum)}; ours is ${ratio.value.toFixed(2)} of it (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`,
		);
	}
	const limits = Object.entries(figure.limits).map(([name, value]) => `${names[name as keyof Limits]} at most ${number(value as number)}`);
	if (limits.length > 0) parts.push(`  asked: ${limits.join(', ')}`);
	if (figure.note) parts.push(`  ${figure.note}`);
	return parts.join('\n');
}

/** Times what a server is asked for, and sums what CPU that cost it. */
export class ServerClock {
	readonly samples: number[] = [];
	private readonly pid: number;
	private cpuSeconds = 0;

	constructor(pid: number) {
		this.pid = pid;
	}

	/** Milliseconds that the work took; its sample is kept. */
	async time(work: () => Promise<unknown>): Promise<number> {
		const before = processUse(this.pid);
		const start = performance.now();
		await work();
		const tookMs = performance.now() - start;
		this.cpuSeconds += processUse(this.pid).cpuSeconds - before.cpuSeconds;
		this.samples.push(tookMs);
		return tookMs;
	}

	/** CPU and memory, for people. */
	note(): string {
		const cpuMs = (this.cpuSeconds / this.samples.length) * 1000;
		return `CPU of the server ${cpuMs.toFixed(1)} ms each; its memory now ${(processUse(this.pid).residentBytes / 1e6).toFixed(0)} MB`;
	}
}

/** Runs both sides in turn, so that what else the machine does meets both alike. */
export async function alternate(
	repetitions: number,
	ours: (index: number) => Promise<number>,
	peer: (index: number) => Promise<number>,
): Promise<{ ours: number[]; peer: number[] }> {
	const result = { ours: [] as number[], peer: [] as number[] };
	for (let index = 0; index < repetitions; index++) {
		if (index % 2 === 0) {
			result.ours.push(await ours(index));
			result.peer.push(await peer(index));
		} else {
			result.peer.push(await peer(index));
			result.ours.push(await ours(index));
		}
	}
	return result;
}
