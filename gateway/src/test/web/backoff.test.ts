import { Backoff } from '../../main/web/client/backoff.ts';
import { equal, test } from './assert.ts';

const between = (ms: number, from: number, to: number): boolean => ms >= from && ms <= to;

test('doubles the wait up to half a minute', () => {
  const backoff = new Backoff();
  for (const most of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    const { ms, asked } = backoff.after('retry', 0);
    equal([between(ms, most / 2, most), asked], [true, false]);
  }
});

test('starts over after a connection that lasted a minute, not before', () => {
  const backoff = new Backoff();
  for (let i = 0; i < 8; i++) backoff.after('retry', 0);
  equal(between(backoff.after('retry', 59_999).ms, 15_000, 30_000), true);
  equal(between(backoff.after('retry', 60_000).ms, 250, 500), true);
});

test('says which waits the server asked for', () => {
  const backoff = new Backoff();
  equal(backoff.after('slow', 0), { ms: 60_000, asked: true });
  backoff.goingAway(2_500);
  equal(backoff.after('retry', 0), { ms: 2_500, asked: true });
  equal(backoff.after('retry', 0).asked, false);
});
