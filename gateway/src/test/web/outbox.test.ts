import { Outbox } from '../../main/web/client/outbox.ts';
import type { ChatMessage, Sending } from '../../main/web/client/types.ts';
import { equal, test, throws } from './assert.ts';

function rig(): { outbox: Outbox; sent: string[]; clock: { now: number }; accept: (entry: Sending, seq: number, epoch?: number) => void } {
  const sent: string[] = [];
  const clock = { now: 1_000_000 };
  const outbox = new Outbox((entry) => sent.push(entry.text), () => {}, () => clock.now);
  const accept = (entry: Sending, seq: number, epoch = 1): void =>
    void outbox.onAccepted(entry.id, 'c', { epoch, seq }, () => ({}) as ChatMessage, false);
  return { outbox, sent, clock, accept };
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

test('takes no more than a hundred messages or a mebibyte', () => {
  const { outbox } = rig();
  for (let i = 0; i < 100; i++) outbox.add({ text: 'a' });
  throws(() => outbox.add({ text: 'a' }), 'OUTBOX_FULL');
  throws(() => rig().outbox.add({ text: 'a'.repeat(1024 * 1024 + 1) }), 'OUTBOX_FULL');
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
  equal(lost.status, 'accepted');
  outbox.pump(32);
  equal(sent, ['a', 'a']);
  accept(lost, 4, 2);
  outbox.onStored('c', 'PUBLIC', { epoch: 2, seq: 4 });
  equal(lost.status, 'stored');
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

test('feels its way with one after a refusal for speed', () => {
  const { outbox, sent, clock, accept } = rig();
  const entries = Array.from({ length: 30 }, (_, i) => outbox.add({ text: String(i) }));
  outbox.pump(32);
  for (const entry of entries.slice(0, 8)) outbox.onRefused(entry.id, 'RATE_LIMITED', true, 1_000);
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
