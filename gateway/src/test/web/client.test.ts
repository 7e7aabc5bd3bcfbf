import { Lane, Role } from '@wire';
import { ChatClient } from '../../main/web/client/client.ts';
import { fromUuid } from '../../main/web/client/ids.ts';
import { equal, test, throws } from './assert.ts';
import { admin, CONVERSATION, head, resumed, says, time, user, welcome } from './chat.ts';
import { http, settle, Wire } from './page.ts';

test('is ready although something was asked before it was connected', () => {
  const chat = new ChatClient({ urls: ['ws://chat.example/ws'] });
  Wire.last.readyState = 0;
  chat.watch(CONVERSATION, { epoch: 1, seq: 4 });
  Wire.last.readyState = 1;
  welcome(Wire.last, Role.ADMIN, []);
  equal(chat.state.phase, 'open');
  chat.close();
});

test('tries the other gateway when one is gone, and looks whether somebody is signed in', () => {
  const { chat } = user();
  Wire.last.ends(1006);
  time.pass(1_000);
  equal(Wire.last.url, 'ws://chat.example/ws');
  Wire.last.ends(1006);
  time.pass(2_000);
  equal(Wire.last.url, 'ws://other.example/ws');
  chat.close();
});

test('gives up after 35 seconds without a frame, and not before', () => {
  const { chat } = user();
  const wire = Wire.last;
  time.pass(19_000);
  equal(wire.take('ping').length, 0);
  time.pass(1_000);
  equal(wire.take('ping').length, 1);
  time.pass(14_000);
  equal([chat.state.phase, wire.readyState], ['open', 1]);
  time.pass(1_000);
  equal([chat.state.phase, wire.readyState], ['waiting', 3]);
  time.pass(1_000);
  equal(Wire.last === wire, false);
  chat.close();
});

test('hears any frame as a sign of life', () => {
  const { chat } = user();
  const wire = Wire.last;
  for (let i = 0; i < 5; i++) {
    time.pass(30_000);
    wire.says({ pong: {} });
  }
  equal([chat.state.phase, Wire.last === wire], ['open', true]);
  chat.close();
});

test('looks again when what answered was not the server', async () => {
  const { chat } = user();
  http.answer = () => new Response('<html>', { status: 200 });
  Wire.last.ends(4001);
  await settle();
  equal(chat.state.phase, 'waiting');
  http.answer = () => new Response('', { status: 401 });
  time.pass(1_000);
  Wire.last.ends(1006);
  await settle();
  equal(chat.state.phase, 'unauthenticated');
  http.answer = () => new Response(JSON.stringify({ user: 'ana', expiresAt: 0 }), { status: 200 });
  time.pass(60_000);
  await settle();
  equal(chat.state.phase, 'connecting');
  http.answer = undefined;
  chat.close();
});

test('resumes everything and is ready anew when administrators are told that something was missed', () => {
  const { chat, told } = admin();
  chat.loaded(CONVERSATION, 'PUBLIC', { epoch: 1, seq: 4 });
  Wire.last.says({ sync: {} });
  const { ref, frame } = Wire.last.one('resume');
  equal(frame.positions.map(({ seq }) => seq), [4]);
  equal(told, []);
  Wire.last.says({ ref, sync: { heads: [head(4, 1, { complete: true })] } });
  equal(told, ['ready true']);
  chat.close();
});

test('is ready anew at once when there is nothing to resume', () => {
  const { chat, told } = admin();
  Wire.last.says({ sync: {} });
  equal(told, ['ready true']);
  chat.close();
});

test('follows a lane of its user that began while the gateway saw nothing', () => {
  const { chat, told } = user();
  Wire.last.says({ sync: { heads: [head(2)] } });
  for (const seq of [2, 1]) says(seq);
  equal(told, ['line 1', 'line 2']);
  chat.close();
});

test('is not ready anew when its user hears how far the lanes are', () => {
  const { chat, told } = user(head(3));
  Wire.last.says({ sync: { heads: [head(3)] } });
  equal(told, []);
  chat.close();
});

test('does not take the answer to a watch for one to where it stands', () => {
  const { chat } = admin();
  chat.watch(CONVERSATION, { epoch: 1, seq: 4 });
  Wire.last.says({ ref: Wire.last.one('watch').ref, sync: { heads: [head(4, 1, { complete: true })] } });
  for (let i = 0; i < 2; i++) {
    Wire.last.ends(1006);
    time.pass(2_000);
    welcome(Wire.last, Role.ADMIN, [], false);
    // Perhaps another message by now.
    Wire.last.says({ ref: Wire.last.one('watch').ref, sync: { heads: [head(4, 2, { complete: true })] } });
    equal(resumed(), [[[1, 4]]]);
  }
  chat.close();
});

test('lanes of staff count for themselves', () => {
  const { chat, told } = admin();
  const note = (seq: number): void =>
    Wire.last.says({ message: { conversation: fromUuid(CONVERSATION), sender: 'root', owner: 'ana', lane: Lane.STAFF, text: `note ${seq}`, epoch: 1, seq } });
  says(4);
  note(1);
  note(2);
  says(5);
  equal(told, ['line 4', 'note 1', 'note 2', 'line 5']);
  chat.close();
});

test('does not hurry past a wait that the gateway asked for', () => {
  const { chat } = user();
  const wire = Wire.last;
  wire.ends(4029);
  chat.hurry();
  equal(chat.state.phase, 'waiting');
  equal(Wire.last === wire, true);
  chat.close();
});

test('hurries past a wait of its own', () => {
  const { chat } = user();
  const wire = Wire.last;
  wire.ends(1006);
  chat.hurry();
  equal(chat.state.phase, 'connecting');
  equal(Wire.last === wire, false);
  chat.close();
});

test('fails what waits, and what is said afterwards, when another connection has replaced this one', () => {
  const { chat } = user();
  const sending = chat.send({ text: 'a' });
  Wire.last.ends(4009);
  equal([sending.status, sending.failure], ['failed', 'ENDED']);
  throws(() => chat.send({ text: 'b' }), 'ENDED');
});
