// The shipped server is killed at every point at which it waits between accepting a job and its end, at file operations within these, and at random moments;
// its clients ask again until they are answered. `NIGHTLOG_KILLS` is how many kills there are in all: 1,000 in the soak.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findJobProcesses } from '../../server-proxy/src/backends/local/job-processes.ts';
import { type CrashPoint, crashPoints } from '../../server-proxy/src/durable/crash-points.ts';
import { assertNothingLost, type FlowName, type FlowRecord, flowNames, goFlow, type Losses } from './kill-flows.ts';
import { KillableAccount } from './killable-account.ts';

const wantedKills = Number(process.env.NIGHTLOG_KILLS ?? 120);
/** A life that takes up jobs and brings one to its end makes some eight hundred file operations; the soak kills at every one. */
const operationStride = wantedKills >= 1000 ? 1 : 40;
/** As many accounts, each with its server, work side by side; each runs two jobs at a time. */
const laneCount = 2;

/** What a plain run does not pass; a point that is not named and that a run does not pass is tried with every flow. */
const flowOf: Partial<Record<CrashPoint, FlowName>> = {
	'accept/same': 'same-twice',
	'accept/other': 'other-body',
	'cancel/backend': 'cancel',
	'cancel/ask': 'cancel',
	'receipt/last-words': 'lose-runner',
	'files/read-folder': 'lose-runner',
	'files/hash': 'lose-runner',
};
/** Where the server before it has to be killed, so that there is something to find. */
const afterKillAt: Partial<Record<CrashPoint, string>> = { 'adopt/find': 'dispatch/submit/after' };

const losses: Losses = { lost: 0, doubled: 0, stuck: 0 };
const missed: string[] = [];
let kills = 0;
let operationKills = 0;
let flows = 0;

class Lane {
	readonly #account: KillableAccount;
	readonly #records: FlowRecord[] = [];
	readonly #failures: unknown[] = [];
	readonly #open = new Set<Promise<void>>();

	constructor(name: string) {
		this.#account = new KillableAccount(name, 2);
	}

	/** Makes the repository, and notebooks that lie there already. */
	prepare(): void {
		this.#account.makeRepository();
	}

	#begin(flow: FlowName): Promise<void> {
		flows += 1;
		const run = `${flow}-${flows}`;
		const going = goFlow(this.#account, flow, run).then(
			(record) => void this.#records.push(record),
			(error: unknown) => void this.#failures.push(error),
		);
		this.#open.add(going);
		void going.then(() => this.#open.delete(going));
		return going;
	}

	/** Resolves with true when the server was killed there, with false when every flow came to its end without passing there. */
	async #killedAt(place: string | number, flow: FlowName): Promise<boolean> {
		assert.deepEqual(this.#failures, [], 'every flow came to its end');
		const life = this.#account.start(place);
		void this.#begin(flow);
		const signal = await Promise.race([life.ended, this.#idle().then(() => 'idle' as const)]);
		if (signal !== 'idle') {
			assert.equal(signal, 'SIGKILL', `the server ended by itself on the way to ${place}: ${this.#account.said()}`);
			kills += 1;
			return true;
		}
		life.process.kill('SIGKILL');
		await life.ended;
		return false;
	}

	async #idle(): Promise<void> {
		while (this.#open.size > 0) await Promise.all(this.#open);
	}

	async killAt(point: CrashPoint, side: 'before' | 'after'): Promise<void> {
		const earlier = afterKillAt[point];
		if (earlier !== undefined) await this.#killedAt(earlier, 'run');
		const first = flowOf[point] ?? 'run';
		for (const flow of [first, ...flowNames.filter((name) => name !== first)]) if (await this.#killedAt(`${point}/${side}`, flow)) return;
		missed.push(`${point}/${side}`);
	}

	/** @returns false when the flow came to its end with fewer file operations */
	async killAtOperation(number: number): Promise<boolean> {
		const killed = await this.#killedAt(number, 'run');
		if (killed) operationKills += 1;
		// What is left open has operations of its own, and more open jobs than this only wait for each other.
		if (this.#open.size > 4) await this.#rest();
		return killed;
	}

	/** Kills within the first seconds of a life, or shortly after a client asked something. */
	async killAnywhere(): Promise<void> {
		const life = this.#account.start(null);
		void this.#begin(flowNames[randomInt(flowNames.length)] ?? 'run');
		if (randomInt(2) === 0) await sleep(randomInt(2500));
		else {
			let requests = randomInt(12);
			await new Promise<void>((resolve) => {
				this.#account.onAsk = () => void (requests-- <= 0 && resolve());
				void this.#idle().then(resolve);
			});
			this.#account.onAsk = null;
			await sleep(randomInt(30));
		}
		life.process.kill('SIGKILL');
		assert.equal(await life.ended, 'SIGKILL', `the server ended by itself: ${this.#account.said()}`);
		kills += 1;
		// More open jobs than this only wait for each other.
		if (this.#open.size > 12) await this.#rest();
	}

	async #rest(): Promise<void> {
		const life = this.#account.start(null);
		await this.#idle();
		life.process.kill('SIGTERM');
		assert.equal(await life.ended, null, `the server did not end well: ${this.#account.said()}`);
	}

	/** The last server is left alone: everything comes to its end, and is held against what was answered. */
	async finish(): Promise<void> {
		const life = this.#account.start(null);
		await this.#idle();
		losses.stuck += this.#failures.filter((error) => String(error).includes('stuck: ')).length;
		losses.lost += this.#failures.filter((error) => !String(error).includes('stuck: ')).length;
		assert.deepEqual(this.#failures, [], 'every flow came to its end');
		await assertNothingLost(this.#account, this.#records, losses);
		life.process.kill('SIGTERM');
		assert.equal(await life.ended, null, `the server did not end well: ${this.#account.said()}`);
		const jobs = path.join(this.#account.stateFolder, 'jobs');
		for (const id of existsSync(jobs) ? readdirSync(jobs) : []) {
			const left = findJobProcesses(id as Parameters<typeof findJobProcesses>[0]);
			if (left.length > 0) losses.stuck += 1;
			assert.deepEqual(left, [], `processes of ${id} are left`);
		}
		this.#account.git('fsck', '--strict', '--no-dangling');
		assert.equal(this.#account.git('status', '--porcelain', '--untracked-files=no'), '', 'the working tree is as it was');
		assert.equal(this.#account.git('for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/tags').trim(), 'refs/heads/main');
	}

	dispose(): Promise<void> {
		return this.#account.dispose();
	}
}

describe('a server that is killed', () => {
	const lanes = Array.from({ length: laneCount }, (_, index) => new Lane(`kill-${index}`));
	before(() => {
		for (const lane of lanes) lane.prepare();
	});
	after(async () => {
		for (const lane of lanes) await lane.dispose();
		process.stdout.write(
			`server killed ${kills} times, ${operationKills} of them at a file operation, in ${flows} flows: lost: ${losses.lost}, doubled: ${losses.doubled}, stuck: ${losses.stuck}\n`,
		);
		assert.deepEqual(losses, { lost: 0, doubled: 0, stuck: 0 });
	});

	test(`at every point and at random moments loses, doubles and sticks nothing`, async () => {
		const places = crashPoints.flatMap((point) => [
			{ point, side: 'before' as const },
			{ point, side: 'after' as const },
		]);
		let operation = 1 - operationStride;
		const next = () => (operation += operationStride);
		await Promise.all(
			lanes.map(async (lane) => {
				for (let place = places.shift(); place !== undefined; place = places.shift()) await lane.killAt(place.point, place.side);
				while (await lane.killAtOperation(next()));
				while (kills < wantedKills) await lane.killAnywhere();
				await lane.finish();
			}),
		);
		assert.deepEqual(missed, [], 'points that no flow passes');
		assert.ok(kills >= 100 && kills >= wantedKills && operationKills >= 5, `${kills} kills, ${operationKills} at a file operation`);
	});
});
