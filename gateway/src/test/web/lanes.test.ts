import { HOLE_MS, Lanes } from '../../main/web/client/lanes.ts';
import type { ChatMessage, HeadState } from '../../main/web/client/types.ts';
import { equal, test } from './assert.ts';

const START = { epoch: 0, seq: 0 };

function message(epoch: number, seq: number): ChatMessage {
  return { id: '', clientMsgId: `${epoch}-${seq}`, conversation: 'c', owner: 'ana', sender: 'ana', senderRole: 'USER', lane: 'PUBLIC', text: '', position: { epoch, seq }, time: 0 };
}

function head(epoch: number, seq: number): HeadState {
  return { conversation: 'c', owner: 'ana', lane: 'PUBLIC', position: { epoch, seq }, stored: START, ownerRead: START, staffRead: START };
}

function rig(): { lanes: Lanes; seen: string[]; clock: { now: number } } {
  const seen: string[] = [];
  const clock = { now: 1_000_000 };
  return { seen, clock, lanes: new Lanes((one) => seen.push(one.clientMsgId), () => clock.now) };
}

test('delivers in order whatever overtakes', () => {
  const { lanes, seen } = rig();
  lanes.follow('c', 'PUBLIC', { epoch: 1, seq: 4 });
  for (const seq of [7, 5, 6, 5, 7, 8]) lanes.place(message(1, seq));
  equal(seen, ['1-5', '1-6', '1-7', '1-8']);
});

test('asks for a hole only after a while, and not again at once', () => {
  const { lanes, seen, clock } = rig();
  lanes.place(message(1, 1));
  lanes.place(message(1, 3));
  equal(lanes.positions(true).length, 0);
  clock.now += HOLE_MS;
  equal(lanes.positions(true), [{ conversation: 'c', lane: 'PUBLIC', at: { epoch: 1, seq: 1 } }]);
  lanes.asked();
  equal(lanes.positions(true).length, 0);
  lanes.place(message(1, 2));
  clock.now += 100 * HOLE_MS;
  equal(lanes.positions(true).length, 0);
  equal(seen, ['1-1', '1-2', '1-3']);
});

test('takes a head beyond what it has for a hole', () => {
  const { lanes, clock } = rig();
  lanes.place(message(1, 1));
  lanes.head(head(1, 2), { resyncRequired: false, known: false, complete: false });
  clock.now += HOLE_MS;
  equal(lanes.positions(true).length, 1);
});

test('goes on counting in a new epoch', () => {
  const { lanes, seen } = rig();
  lanes.place(message(1, 1));
  lanes.place(message(2, 2));
  lanes.place(message(1, 2));
  equal(seen, ['1-1', '2-2']);
});

test('stands at the head after a resync', () => {
  const { lanes, seen } = rig();
  lanes.place(message(1, 9));
  equal(lanes.head(head(2, 5), { resyncRequired: true, known: false, complete: false }), false);
  lanes.place(message(2, 6));
  equal(seen, ['1-9', '2-6']);
});

test('believes that only the epoch rose when the answer to its own position says so', () => {
  const { lanes, clock } = rig();
  lanes.place(message(1, 5));
  // The same seq, and perhaps another message.
  lanes.head(head(2, 5), { resyncRequired: false, known: false, complete: false });
  clock.now += HOLE_MS;
  equal(lanes.positions(true), [{ conversation: 'c', lane: 'PUBLIC', at: { epoch: 1, seq: 5 } }]);
  lanes.head(head(2, 5), { resyncRequired: false, known: false, complete: true });
  equal(lanes.positions(false), [{ conversation: 'c', lane: 'PUBLIC', at: { epoch: 2, seq: 5 } }]);
});

test('tells once how far a lane is stored', () => {
  const { lanes } = rig();
  equal(lanes.stored('c', 'PUBLIC', { epoch: 1, seq: 5 }), false);
  lanes.place(message(1, 5));
  equal(lanes.stored('c', 'PUBLIC', { epoch: 1, seq: 5 }), true);
  equal(lanes.stored('c', 'PUBLIC', { epoch: 1, seq: 5 }), false);
});

test('says nothing of lanes it neither follows nor expects', () => {
  const { lanes } = rig();
  equal(lanes.head(head(1, 5), { resyncRequired: false, known: false, complete: false }), true);
  equal(lanes.positions(false).length, 0);
});

test('asks for all of a lane that it expects', () => {
  const { lanes, clock } = rig();
  lanes.expect(head(1, 5));
  equal(lanes.head(head(1, 5), { resyncRequired: false, known: false, complete: false }), true);
  clock.now += HOLE_MS;
  equal(lanes.positions(true), [{ conversation: 'c', lane: 'PUBLIC', at: START }]);
});

test('does not wait for what came by history', () => {
  const { lanes, seen, clock } = rig();
  lanes.place(message(1, 1));
  lanes.place(message(1, 3));
  lanes.place(message(1, 5));
  lanes.follow('c', 'PUBLIC', { epoch: 1, seq: 4 });
  clock.now += HOLE_MS;
  equal(seen, ['1-1', '1-5']);
  equal(lanes.positions(true).length, 0);
});
