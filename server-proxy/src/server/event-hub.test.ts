import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventHub, type EventSink } from './event-hub.ts';

function makeHub(options: { keptEvents?: number; keptBytes?: number } = {}) {
	const intervals: { everyMs: number; run: () => void }[] = [];
	const hub = new EventHub({
		epoch: 'e1',
		startInterval(everyMs, run) {
			const interval = { everyMs, run };
			intervals.push(interval);
			return () => void intervals.splice(intervals.indexOf(interval), 1);
		},
		...options,
	});
	return { hub, intervals };
}

function makeSink(pending = 0) {
	const sink = {
		text: '',
		dropped: false,
		pending,
		pendingBytes: () => sink.pending,
		write: (text: string) => {
			sink.text += text;
		},
		drop: () => {
			sink.dropped = true;
		},
	};
	return sink satisfies EventSink & { text: string; dropped: boolean; pending: number };
}

const types = (text: string) => [...text.matchAll(/^event: (.*)$/gm)].map((match) => match[1]);
const lastId = (text: string) => [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? null;

test('a new client is told an id to come back with, and then what happens', () => {
	const { hub } = makeHub();
	const sink = makeSink();
	hub.subscribe(sink, null, null);
	assert.equal(sink.text, 'id: e1-0\n\n');
	hub.publish('job', { id: 'x', name: 'two\nlines' }, null);
	assert.equal(sink.text, 'id: e1-0\n\nid: e1-1\nevent: job\ndata: {"id":"x","name":"two\\nlines"}\n\n');
});

test('a client that comes back is told what it missed, once and in order', () => {
	const { hub } = makeHub();
	const first = makeSink();
	const leave = hub.subscribe(first, null, null);
	hub.publish('one', {}, null);
	leave();
	hub.publish('two', {}, null);
	hub.publish('three', {}, null);
	const second = makeSink();
	hub.subscribe(second, lastId(first.text), null);
	assert.deepEqual(types(second.text), ['two', 'three']);
	assert.equal(lastId(second.text), 'e1-3');
	const third = makeSink();
	hub.subscribe(third, 'e1-3', null);
	assert.deepEqual(types(third.text), []);
});

test('an id that is not known here means to read everything again', () => {
	const { hub } = makeHub({ keptEvents: 2 });
	for (const type of ['one', 'two', 'three', 'four']) hub.publish(type, {}, null);
	const told = (id: string) => {
		const sink = makeSink();
		hub.subscribe(sink, id, null);
		return types(sink.text);
	};
	assert.deepEqual(told('e0-3'), ['reset']);
	assert.deepEqual(told('e1-9'), ['reset']);
	assert.deepEqual(told('nonsense'), ['reset']);
	assert.deepEqual(told('e1-1'), ['reset']);
	assert.deepEqual(told('e1-2'), ['three', 'four']);
});

test('what is kept is bounded by its size, too', () => {
	const { hub } = makeHub({ keptBytes: 1000 });
	for (let index = 0; index < 10; index++) hub.publish('job', { text: 'x'.repeat(400) }, null);
	const sink = makeSink();
	hub.subscribe(sink, 'e1-5', null);
	assert.deepEqual(types(sink.text), ['reset']);
	const near = makeSink();
	hub.subscribe(near, 'e1-8', null);
	assert.deepEqual(types(near.text), ['job', 'job']);
});

test('who asked for one notebook is told of that, and of what concerns all', () => {
	const { hub } = makeHub();
	const sink = makeSink();
	hub.subscribe(sink, null, '/a.ipynb');
	hub.publish('mine', {}, '/a.ipynb');
	hub.publish('other', {}, '/b.ipynb');
	hub.publish('all', {}, null);
	assert.deepEqual(types(sink.text), ['mine', 'all']);
	const again = makeSink();
	hub.subscribe(again, 'e1-0', '/a.ipynb');
	assert.deepEqual(types(again.text), ['mine', 'all']);
	assert.equal(lastId(again.text), 'e1-3');
});

test('a client that takes nothing is dropped, and the others go on', () => {
	const { hub } = makeHub();
	const slow = makeSink();
	const quick = makeSink();
	hub.subscribe(slow, null, null);
	hub.subscribe(quick, null, null);
	slow.pending = 2_000_000;
	hub.publish('job', {}, null);
	assert.equal(slow.dropped, true);
	assert.deepEqual(types(slow.text), []);
	assert.deepEqual(types(quick.text), ['job']);
	assert.equal(hub.clientCount, 1);
});

test('a heartbeat goes to all every 15 s, while somebody listens', () => {
	const { hub, intervals } = makeHub();
	assert.equal(intervals.length, 0);
	const sink = makeSink();
	const leave = hub.subscribe(sink, null, null);
	assert.deepEqual(
		intervals.map(({ everyMs }) => everyMs),
		[15_000],
	);
	sink.text = '';
	intervals[0]?.run();
	assert.equal(sink.text, ':\n\n');
	leave();
	assert.equal(intervals.length, 0);
	hub.subscribe(makeSink(), null, null);
	assert.equal(intervals.length, 1);
});

test('at the end all connections are dropped', () => {
	const { hub, intervals } = makeHub();
	const sink = makeSink();
	hub.subscribe(sink, null, null);
	hub.dispose();
	assert.equal(sink.dropped, true);
	assert.equal(hub.clientCount, 0);
	assert.equal(intervals.length, 0);
});
