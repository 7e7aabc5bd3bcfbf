import { decode, encode } from '@codec';
import type { Draft } from '@codec';
import { ClientFrameTable, Role, ServerFrameTable } from '@wire';
import type { ClientFrame, ServerFrame } from '@wire';
import { ChatClient } from '../../main/web/client/client.ts';
import { fromUuid } from '../../main/web/client/ids.ts';
import { equal, test, throws } from './assert.ts';

const CONVERSATION = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';

/** What the browser gives a page, without a network: the frames of the test go in, those of the client come out. */
class Wire {
  static readonly OPEN = 1;
  static last: Wire;
  readonly readyState = 1;
  readonly said: ClientFrame[] = [];
  binaryType = '';
  onmessage: (event: { data: ArrayBuffer }) => void = () => {};
  onclose: (event: { code: number }) => void = () => {};

  constructor() {
    Wire.last = this;
  }

  send(bytes: Uint8Array): void {
    this.said.push(decode(ClientFrameTable, bytes));
  }

  close(): void {}

  says(frame: Draft<ServerFrame>): void {
    this.onmessage({ data: encode(ServerFrameTable, frame).slice().buffer as ArrayBuffer });
  }
}
Object.assign(globalThis, { WebSocket: Wire });

/** A client that is connected. What happens on the page is told by name. */
function connected(role: number, heads: number): { chat: ChatClient; wire: Wire; told: string[] } {
  const chat = new ChatClient({ urls: ['ws://chat.example/ws'] });
  const told: string[] = [];
  chat.on('ready', ({ again }) => told.push(`ready ${again}`));
  chat.on('message', ({ text }) => told.push(text));
  const wire = Wire.last;
  wire.says({ welcome: { user: 'ana', role, serverTime: 1, heads: heads ? [head(heads)] : [] } });
  for (const { ref, resume } of [...wire.said]) if (resume) wire.says({ ref, sync: {} });
  return { chat, wire, told };
}

function head(seq: number): Draft<ServerFrame['sync'] & object>['heads'] extends (infer H)[] | undefined ? H : never {
  return { conversation: fromUuid(CONVERSATION), owner: 'ana', epoch: 1, seq, complete: true };
}

test('resumes everything and is ready anew when administrators are told that something was missed', () => {
  const { chat, wire, told } = connected(Role.ADMIN, 0);
  chat.loaded(CONVERSATION, 'PUBLIC', { epoch: 1, seq: 4 });
  wire.says({ sync: {} });
  const asked = wire.said.at(-1)!;
  equal(asked.resume?.positions.map(({ epoch, seq }) => [epoch, seq]), [[1, 4]]);
  equal(told, ['ready false']);
  wire.says({ ref: asked.ref, sync: { heads: [head(4)] } });
  equal(told, ['ready false', 'ready true']);
  chat.close();
});

test('is ready anew at once when there is nothing to resume', () => {
  const { chat, wire, told } = connected(Role.ADMIN, 0);
  wire.says({ sync: {} });
  equal(told, ['ready false', 'ready true']);
  chat.close();
});

test('follows a lane of its user that began while the gateway saw nothing', () => {
  const { chat, wire, told } = connected(Role.USER, 0);
  wire.says({ sync: { heads: [head(2)] } });
  for (const seq of [2, 1]) {
    wire.says({ message: { conversation: fromUuid(CONVERSATION), sender: 'ana', text: `line ${seq}`, epoch: 1, seq } });
  }
  equal(told, ['ready false', 'line 1', 'line 2']);
  chat.close();
});

test('is not ready anew when its user hears how far the lanes are', () => {
  const { chat, wire, told } = connected(Role.USER, 3);
  wire.says({ sync: { heads: [head(3)] } });
  equal(told, ['ready false']);
  chat.close();
});

test('does not hurry past a wait that the gateway asked for', () => {
  const { chat, wire } = connected(Role.USER, 0);
  wire.onclose({ code: 4029 });
  chat.hurry();
  equal(chat.state.phase, 'waiting');
  equal(Wire.last === wire, true);
  chat.close();
});

test('hurries past a wait of its own', () => {
  const { chat, wire } = connected(Role.USER, 0);
  wire.onclose({ code: 1006 });
  chat.hurry();
  equal(chat.state.phase, 'connecting');
  equal(Wire.last === wire, false);
  chat.close();
});

test('fails what waits, and what is said afterwards, when another connection has replaced this one', () => {
  const { chat, wire } = connected(Role.USER, 0);
  const sending = chat.send({ text: 'a' });
  wire.onclose({ code: 4009 });
  equal([sending.status, sending.failure], ['failed', 'ENDED']);
  throws(() => chat.send({ text: 'b' }), 'ENDED');
});
