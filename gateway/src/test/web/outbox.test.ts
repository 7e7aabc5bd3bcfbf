import { Outbox } from '../../main/web/client/outbox.ts';
import type { ChatMessage, Sending } from '../../main/web/client/types.ts';
import { equal, test, throws } from './assert.ts';

function rig(): { outbox: Outbox; sent: string[]; told: string[]; clock: { now: number }; accept: (entry: Sending, seq: number, epoch?: number) => void } {
  const sent: string[] = [];
  const told: string[] = [];
  const clock = { now: 1_000_000 };
  const outbox = new Outbox((letter) => sent.push(letter.text), ({ text, status, failure }) => told.push([text, status, failure].join(' ').trim()), () => clock.now);
  const accept = (entry: Sending, seq: number, epoch = 1): void =>
    void outbox.onAccepted(entry.id, 'c', { epoch, seq }, () => ({}) as ChatMessage);
  return { outbox, sent, told, clock, accept };
}

test('sends in order, and no more unanswered at once than allowed', () => {
  const { outbox, sent, accept } = rig();
  const [first] = ['a', 'b', 'c'].map((text) => outbox.add({ text }));
  outbox.pump(2);
  equal(sent, ['a', 'b']);
  accept(first!, 1);
  outbox.pump(2);
  equal(sent, ['a', 'b', 'c']);
});

test('sends again after silence, a retryable refusal and a reconnect, with the same id', () => {
  const { outbox, sent, clock } = rig();
  const entry = outbox.add({ text: 'a' });
  outbox.pump(32);
  clock.now += 9_999;
  outbox.pump(32);
  equal(sent.length, 1);
  clock.now += 1;
  outbox.pump(32);
  equal(sent.length, 2);
  outbox.onRefused(entry.id, 'RATE_LIMITED', true, 1_500);
  clock.now += 1_499;
  outbox.pump(32);
  equal(sent.length, 2);
  clock.now += 1;
  outbox.pump(32);
  equal(sent.length, 3);
  outbox.reconnected();
  outbox.pump(32);
  equal(sent.length, 4);
  equal(outbox.pending().map(({ id }) => id), [entry.id]);
});

test('holds later ones back while an earlier one waits', () => {
  const { outbox, sent } = rig();
  const entry = outbox.add({ text: 'a' });
  outbox.pump(32);
  outbox.onRefused(entry.id, 'RATE_LIMITED', true, 1_000);
  outbox.add({ text: 'b' });
  outbox.pump(32);
  equal(sent, ['a']);
});

test('gives up what is refused for good', async () => {
  const { outbox } = rig();
  const entry = outbox.add({ text: 'a' });
  outbox.onRefused(entry.id, 'FORBIDDEN', false, 0);
  equal([entry.status, entry.failure], ['failed', 'FORBIDDEN']);
  equal(await entry.accepted.catch((error: Error) => error.message), 'FORBIDDEN');
});

test('takes no more than a hundred messages or a mebibyte that are not accepted', () => {
  const { outbox, accept } = rig();
  const [first] = Array.from({ length: 100 }, () => outbox.add({ text: 'a' }));
  throws(() => outbox.add({ text: 'a' }), 'OUTBOX_FULL');
  accept(first!, 1);
  outbox.add({ text: 'a' });
  throws(() => outbox.add({ text: 'a' }), 'OUTBOX_FULL');
  const bytes = rig();
  const half = bytes.outbox.add({ text: 'ñ'.repeat(256 * 1024) });
  bytes.outbox.add({ text: 'a'.repeat(512 * 1024) });
  throws(() => bytes.outbox.add({ text: 'a' }), 'OUTBOX_FULL');
  bytes.accept(half, 1);
  bytes.outbox.add({ text: 'a' });
});

test('watches the newest hundred that are not stored, and says which others are at risk', async () => {
  const { outbox, sent, told, accept } = rig();
  const entries: Sending[] = [];
  for (let i = 0; i < 102; i++) {
    entries.push(outbox.add({ text: String(i) }));
    accept(entries[i]!, i + 1);
  }
  equal(told.filter((one) => one.endsWith('AT_RISK')), ['0 accepted AT_RISK', '1 accepted AT_RISK']);
  equal(await entries[0]!.stored.catch((error: Error) => error.message), 'AT_RISK');
  equal([entries[1]!.failure, entries[2]!.failure ?? 'none'], ['AT_RISK', 'none']);
  sent.splice(0);
  outbox.onEpoch('c', 'PUBLIC', 2);
  for (let seq = 103; outbox.pending().length; seq++) {
    outbox.pump(32);
    accept(outbox.pending()[0]!, seq, 2);
  }
  equal(sent, entries.slice(2).map(({ text }) => text));
});

test('is one message when its id is taken up again while it waits', () => {
  const { outbox, accept } = rig();
  const entry = outbox.add({ text: 'a' });
  equal(outbox.add({ text: 'a', id: entry.id }) === entry, true);
  accept(entry, 1);
  equal(outbox.add({ text: 'a', id: entry.id }) === entry, true);
  equal(outbox.pending().length, 0);
});

test('knows what is stored by the watermark', async () => {
  const { outbox, accept } = rig();
  const entries = ['a', 'b', 'c'].map((text) => outbox.add({ text }));
  entries.forEach((entry, i) => accept(entry, i + 1));
  outbox.onStored('c', 'PUBLIC', { epoch: 1, seq: 2 });
  equal(entries.map(({ status }) => status), ['stored', 'stored', 'accepted']);
  await entries[1]!.stored;
});

test('sends again what was not stored when the epoch rises', () => {
  const { outbox, sent, accept } = rig();
  const [stored, lost] = ['a', 'b'].map((text) => outbox.add({ text }));
  outbox.pump(32);
  accept(stored!, 1);
  accept(lost!, 2);
  outbox.onStored('c', 'PUBLIC', { epoch: 1, seq: 1 });
  outbox.onEpoch('c', 'PUBLIC', 2);
  outbox.pump(32);
  equal(sent, ['a', 'b', 'b']);
});

test('takes nothing for stored that an earlier epoch accepted', () => {
  const { outbox, sent, accept } = rig();
  const lost = outbox.add({ text: 'a' });
  outbox.pump(32);
  accept(lost, 7);
  outbox.onStored('c', 'PUBLIC', { epoch: 2, seq: 3 });
  equal(lost.status, 'sending');
  outbox.pump(32);
  equal(sent, ['a', 'a']);
  accept(lost, 4, 2);
  outbox.onStored('c', 'PUBLIC', { epoch: 2, seq: 4 });
  equal(lost.status, 'stored');
});

test('believes once that the log of a new epoch has it still', () => {
  const { outbox, sent, accept } = rig();
  const kept = outbox.add({ text: 'a' });
  outbox.pump(32);
  accept(kept, 7);
  for (let i = 0; i < 3; i++) {
    outbox.onEpoch('c', 'PUBLIC', 2);
    outbox.pump(32);
    // The answer to a repetition: where it stood.
    accept(kept, 7);
  }
  equal(sent, ['a', 'a']);
  outbox.onStored('c', 'PUBLIC', { epoch: 2, seq: 9 });
  equal(kept.status, 'stored');
});

test('does not believe an answer from before the epoch rose', () => {
  const { outbox, sent, accept } = rig();
  const lost = outbox.add({ text: 'a' });
  outbox.pump(32);
  accept(lost, 7);
  outbox.onEpoch('c', 'PUBLIC', 2);
  // To the first try; the second has not been written yet.
  accept(lost, 7);
  outbox.onStored('c', 'PUBLIC', { epoch: 2, seq: 9 });
  equal(lost.status, 'sending');
  outbox.pump(32);
  equal(sent, ['a', 'a']);
});

test('names those whose storing takes too long, once in a while', () => {
  const { outbox, clock, accept } = rig();
  accept(outbox.add({ text: 'a' }), 1);
  clock.now += 29_999;
  equal(outbox.overdue(), []);
  clock.now += 1;
  equal(outbox.overdue(), [{ conversation: 'c', lane: 'PUBLIC' }]);
  equal(outbox.overdue(), []);
});

test('sends a backlog eight at a time', () => {
  const { outbox, sent, accept } = rig();
  const entries = Array.from({ length: 30 }, (_, i) => outbox.add({ text: String(i) }));
  outbox.reconnected();
  outbox.pump(32);
  equal(sent.length, 8);
  accept(entries[0]!, 1);
  outbox.pump(32);
  equal(sent.length, 9);
});

for (const code of ['RATE_LIMITED', 'UNAVAILABLE']) test(`feels its way with one after ${code}`, () => {
  const { outbox, sent, clock, accept } = rig();
  const entries = Array.from({ length: 30 }, (_, i) => outbox.add({ text: String(i) }));
  outbox.pump(32);
  for (const entry of entries.slice(0, 8)) outbox.onRefused(entry.id, code, true, 1_000);
  clock.now += 1_000;
  sent.length = 0;
  outbox.pump(32);
  equal(sent, ['0']);
  accept(entries[0]!, 1);
  outbox.pump(32);
  equal(sent, ['0', '1', '2']);
});

test('fails what waits and takes no more when it has ended', async () => {
  const { outbox, accept } = rig();
  const [accepted, waiting] = ['a', 'b'].map((text) => outbox.add({ text }));
  accept(accepted!, 1);
  outbox.end();
  equal([waiting!.status, waiting!.failure, outbox.pending().length], ['failed', 'ENDED', 0]);
  equal(await accepted!.stored.catch((error: Error) => error.message), 'AT_RISK');
  throws(() => outbox.add({ text: 'c' }), 'ENDED');
});
