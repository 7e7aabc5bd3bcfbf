import { decode, encode } from '@codec';
import type { Draft, Table } from '@codec';
import { ClientFrameTable, ServerFrameTable } from '@wire';
import type { ClientFrame, ServerFrame } from '@wire';
import golden from '../../../../proto/src/test/resources/golden-bytes.txt';
import { hex } from '../../main/web/client/ids.ts';
import { equal, test, throws } from './assert.ts';

const COMMANDS = new Set(['send', 'watch', 'unwatch', 'resume', 'reauth', 'ping', 'read']);
/** Of the log and the rooms, and frames that no client ever sends or gets. */
const NOT_OURS = /^(envelope|publication|log-entry|record)/;

const lines = golden
  .split('\n')
  .filter((line) => line && !line.startsWith('#'))
  .map((line) => line.split(' ') as [string, string])
  .filter(([name]) => !NOT_OURS.test(name));

const bytes = (digits: string): Uint8Array => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));

/** Decoded and encoded again, the bytes of the server's own codec come back. */
function survives<T>(table: Table<T>, digits: string): T {
  const frame = decode(table, bytes(digits));
  equal(hex(encode(table, frame as Draft<T>)), digits);
  return frame;
}

for (const [name, digits] of lines) {
  test(`reads and writes ${name} as the server does`, () => {
    if (COMMANDS.has(name)) survives<ClientFrame>(ClientFrameTable, digits);
    else survives<ServerFrame>(ServerFrameTable, digits);
  });
}

test('reads positions and times of fixed width', () => {
  const digits = lines.find(([name]) => name === 'message')![1];
  const { message } = decode<ServerFrame>(ServerFrameTable, bytes(digits));
  equal([message!.text, message!.seq, message!.afterPublic, message!.time], ['¡Hola! 😀', 8, 12, 1800000123456]);
});

test('passes over what it does not know', () => {
  equal(decode<ServerFrame>(ServerFrameTable, bytes('f001ac02c03e05ca3e0161d53e01020304d13e0102030405060708')).ref, 300);
});

test('refuses what is cut off or nonsense', () => {
  throws(() => decode(ServerFrameTable, bytes('42ff')), 'cut off');
  throws(() => decode(ServerFrameTable, bytes('4205')), 'cut off');
  throws(() => decode(ServerFrameTable, bytes('ffffffffffffffffffffff')), 'varint too long');
  throws(() => decode(ServerFrameTable, bytes('43')), 'wire type');
});
