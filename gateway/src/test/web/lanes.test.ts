import { HOLE_MS, Lanes } from '../../main/web/client/lanes.ts';
import type { Standing } from '../../main/web/client/lanes.ts';
import type { ChatMessage, HeadState } from '../../main/web/client/types.ts';
import { equal, test } from './assert.ts';

const START = { epoch: 0, seq: 0 };
/** What a head comes with: nobody asked, or an answer to where the lane stands. */
const HINT = { resyncRequired: false, known: false, answered: false, complete: false };
const COMPLETE = { ...HINT, answered: true, complete: true };
const MORE = { ...HINT, answered: true };
const RESYNC = { ...HINT, answered: true, resyncRequired: true };

function message(epoch: number, seq: number): ChatMessage {
  return { id: '', clientMsgId: `${epoch}-${seq}`, conversation: 'c', owner: 'ana', sender: 'ana', senderRole: 'USER', lane: 'PUBLIC', text: '', position: { epoch, seq }, time: 0 };
}

function head(epoch: number, seq: number): HeadState {
  return { conversation: 'c', owner: 'ana', lane: 'PUBLIC', position: { epoch, seq }, stored: START, ownerRead: START, staffRead: START };
}

function at(epoch: number, seq: number): Standing[] {
  return [{ conversation: 'c', lane: 'PUBLIC', at: { epoch, seq } }];
}

function rig(): { lanes: Lanes; seen: string[]; clock: { now: number }; place: (...positions: [number, number][]) => void } {
  const seen: string[] = [];
  const clock = { now: 1_000_000 };
  const lanes = new Lanes((one) => seen.push(one.clientMsgId), () => clock.now);
  return { seen, clock, lanes, place: (...positions) => positions.forEach(([epoch, seq]) => lanes.place(message(epoch, seq))) };
}

test('delivers in order whatever overtakes, and each once', () => {
  const { lanes, seen, place } = rig();
  lanes.follow('c', 'PUBLIC', { epoch: 1, seq: 4 });
  place([1, 7], [1, 5], [1, 6], [1, 5], [1, 7], [1, 8]);
  equal(seen, ['1-5', '1-6', '1-7', '1-8']);
});

test('asks for a hole only after a while, and not again at once', () => {
  const { lanes, seen, clock, place } = rig();
  place([1, 1], [1, 3]);
  clock.now += HOLE_MS - 1;
  equal(lanes.ask('holes'), []);
  clock.now += 1;
  equal(lanes.ask('holes'), at(1, 1));
  equal(lanes.ask('holes'), []);
  place([1, 2]);
  clock.now += 100 * HOLE_MS;
  equal(lanes.ask('holes'), []);
  equal(seen, ['1-1', '1-2', '1-3']);
});

test('asks less and less often for what no answer brings', () => {
  const { lanes, clock, place } = rig();
  place([1, 1], [1, 3]);
  const asked: number[] = [];
  for (let second = 1; second <= 90; second++) {
    clock.now += 1_000;
    if (lanes.ask('holes').length) asked.push(second);
  }
  equal(asked, [1, 4, 9, 19, 39, 59, 79]);
});

test('asks for the hole of one lane without putting off another', () => {
  const { lanes, clock, place } = rig();
  place([1, 1], [1, 3]);
  clock.now += HOLE_MS;
  for (const seq of [1, 3]) lanes.place({ ...message(1, seq), conversation: 'd' });
  equal(lanes.ask('holes'), at(1, 1));
  clock.now += HOLE_MS;
  equal(lanes.ask('holes').map(({ conversation }) => conversation), ['d']);
});

test('takes a head beyond what it has for a hole', () => {
  const { lanes, clock, place } = rig();
  place([1, 1]);
  lanes.head(head(1, 2), HINT);
  clock.now += HOLE_MS;
  equal(lanes.ask('holes'), at(1, 1));
});

test('remembers what a head told of while an earlier message comes late', () => {
  const { lanes, clock, place } = rig();
  place([1, 1]);
  lanes.head(head(1, 3), HINT);
  place([1, 2]);
  clock.now += HOLE_MS;
  equal(lanes.ask('holes'), at(1, 2));
  place([1, 3]);
  clock.now += 100 * HOLE_MS;
  equal(lanes.ask('holes'), []);
});

test('keeps asking while an answer says that more follows', () => {
  const { lanes, seen, clock, place } = rig();
  place([1, 1], [1, 5]);
  equal(lanes.ask('all'), at(1, 1));
  place([1, 2], [1, 3]);
  lanes.head(head(1, 5), MORE);
  equal(lanes.ask(new Set(['cPUBLIC'])), at(1, 3));
  place([1, 4]);
  lanes.head(head(1, 5), COMPLETE);
  clock.now += 100 * HOLE_MS;
  equal(lanes.ask('holes'), []);
  equal(seen, ['1-1', '1-2', '1-3', '1-4', '1-5']);
});

test('holds what a new epoch brings until the server knows where it stood', () => {
  const { lanes, seen, clock, place } = rig();
  place([1, 1], [2, 2]);
  equal(seen, ['1-1']);
  clock.now += HOLE_MS;
  equal(lanes.ask('holes'), at(1, 1));
  place([2, 2]);
  lanes.head(head(2, 2), COMPLETE);
  place([2, 3], [1, 2]);
  equal(seen, ['1-1', '2-2', '2-3']);
  clock.now += 100 * HOLE_MS;
  equal(lanes.ask('holes'), []);
});

test('of two messages with one number keeps the one of the newer epoch', () => {
  const { lanes, seen, place } = rig();
  place([1, 1], [2, 3], [1, 3], [2, 2]);
  lanes.head(head(2, 3), COMPLETE);
  equal(seen, ['1-1', '2-2', '2-3']);
});

test('goes on over a break in the middle of a long answer', () => {
  const { lanes, seen, place } = rig();
  place([1, 1]);
  place([1, 2], [2, 3], [2, 4]);
  lanes.head(head(2, 9), MORE);
  equal(seen, ['1-1', '1-2', '2-3', '2-4']);
  equal(lanes.ask('all'), at(2, 4));
});

test('shows neither what a fail-over lost nor the message after a lost one', () => {
  const { lanes, seen, place } = rig();
  // 5 was lost, and another message has its number.
  place([1, 4], [1, 5], [2, 6]);
  equal(lanes.head(head(2, 6), RESYNC), false);
  place([2, 7]);
  equal(seen, ['1-4', '1-5', '2-7']);
});

test('the first message of all needs no epoch', () => {
  const { lanes, seen, place } = rig();
  lanes.head(head(1, 0), { ...HINT, known: true });
  place([2, 1]);
  equal(seen, ['2-1']);
});

test('stands at the head after a resync', () => {
  const { lanes, seen, clock, place } = rig();
  place([1, 9], [1, 11]);
  equal(lanes.head(head(2, 5), RESYNC), false);
  place([2, 6]);
  clock.now += 100 * HOLE_MS;
  equal(lanes.ask('holes'), []);
  equal(seen, ['1-9', '2-6']);
});

test('believes that only the epoch rose when the answer to its own position says so', () => {
  const { lanes, clock, place } = rig();
  place([1, 5]);
  // The same seq, and perhaps another message.
  lanes.head(head(2, 5), HINT);
  clock.now += HOLE_MS;
  equal(lanes.ask('holes'), at(1, 5));
  lanes.head(head(2, 5), COMPLETE);
  equal(lanes.ask('all'), at(2, 5));
});

test('asks how things stand when the server tells of less than there was', () => {
  const { lanes, clock, place } = rig();
  place([1, 4], [1, 5]);
  // The fail-over shows by nothing else: the epoch of a conversation rises with its next message.
  lanes.head(head(1, 4), HINT);
  clock.now += HOLE_MS;
  equal(lanes.ask('holes'), at(1, 5));
  lanes.head(head(1, 5), COMPLETE);
  clock.now += 100 * HOLE_MS;
  equal(lanes.ask('holes'), []);
});

test('forgets that doubt when the next head is as far again', () => {
  const { lanes, clock, place } = rig();
  place([1, 5]);
  lanes.head(head(1, 4), HINT);
  lanes.head(head(1, 5), HINT);
  clock.now += 100 * HOLE_MS;
  equal(lanes.ask('holes'), []);
});

test('does not wait for what was told of and lost before it came', () => {
  const { lanes, clock, place } = rig();
  place([1, 4]);
  lanes.head(head(1, 6), HINT);
  lanes.head(head(1, 4), COMPLETE);
  clock.now += 100 * HOLE_MS;
  equal(lanes.ask('holes'), []);
});

test('asks about a lane that is in doubt', () => {
  const { lanes, clock, place } = rig();
  place([1, 5]);
  lanes.doubt('c', 'PUBLIC');
  clock.now += HOLE_MS;
  equal(lanes.ask('holes'), at(1, 5));
});

test('tells once how far a lane is stored', () => {
  const { lanes, place } = rig();
  equal(lanes.stored('c', 'PUBLIC', { epoch: 1, seq: 5 }), false);
  place([1, 5]);
  equal(lanes.stored('c', 'PUBLIC', { epoch: 1, seq: 5 }), true);
  equal(lanes.stored('c', 'PUBLIC', { epoch: 1, seq: 5 }), false);
});

test('says nothing of lanes it neither follows nor expects', () => {
  const { lanes } = rig();
  equal(lanes.head(head(1, 5), HINT), true);
  equal(lanes.ask('all').length, 0);
});

test('asks for all of a lane that it expects', () => {
  const { lanes, clock } = rig();
  lanes.expect(head(1, 5));
  equal(lanes.head(head(1, 5), HINT), true);
  clock.now += HOLE_MS;
  equal(lanes.ask('holes'), at(0, 0));
});

test('does not wait for what came by history', () => {
  const { lanes, seen, clock, place } = rig();
  place([1, 1], [1, 3], [1, 5]);
  lanes.follow('c', 'PUBLIC', { epoch: 1, seq: 4 });
  clock.now += HOLE_MS;
  equal(seen, ['1-1', '1-5']);
  equal(lanes.ask('holes').length, 0);
});

test('passes over numbers that are void when all has been sent', () => {
  const { lanes, seen, clock, place } = rig();
  place([1, 1], [1, 3], [1, 6], [1, 8]);
  lanes.head(head(1, 6), COMPLETE);
  equal(seen, ['1-1', '1-3', '1-6']);
  place([1, 7]);
  equal(seen, ['1-1', '1-3', '1-6', '1-7', '1-8']);
  clock.now += 100 * HOLE_MS;
  equal(lanes.ask('holes'), []);
  lanes.head(head(1, 9), COMPLETE);
  equal(lanes.ask('all'), at(1, 9));
});

test('goes on where an answer ends that is not complete', () => {
  const { lanes, seen, place } = rig();
  place([1, 1], [1, 3], [1, 4], [2, 20]);
  lanes.head(head(2, 20), { ...MORE, through: { epoch: 1, seq: 5 } });
  equal(seen, ['1-1', '1-3', '1-4']);
  equal(lanes.ask(new Set(['cPUBLIC'])), at(1, 5));
  lanes.head(head(2, 20), MORE);
  equal(lanes.ask('all'), at(1, 5));
});

test('does not pass over what found no room', () => {
  const { lanes, seen, place } = rig();
  place([1, 1]);
  for (let seq = 1_000; seq < 1_400; seq++) place([1, seq]);
  for (let seq = 3; seq <= 300; seq++) place([1, seq]);
  lanes.head(head(1, 1_400), { ...MORE, through: { epoch: 1, seq: 300 } });
  equal(seen.at(-1), '1-102');
  equal(lanes.ask(new Set(['cPUBLIC'])), at(1, 102));
  for (let seq = 103; seq <= 300; seq++) place([1, seq]);
  equal(seen.at(-1), '1-300');
});

test('asks again when the server said', () => {
  const { lanes, clock, place } = rig();
  place([1, 1]);
  lanes.head(head(1, 9), MORE);
  lanes.putOff('c', 'PUBLIC', 3_000);
  clock.now += 2_999;
  equal(lanes.ask('holes'), []);
  clock.now += 1;
  equal(lanes.ask('holes'), at(1, 1));
});
