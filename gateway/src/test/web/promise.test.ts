import { RefusalCode, Role } from '@wire';
import { fromUuid, toUuid } from '../../main/web/client/ids.ts';
import { SPREAD_MS } from '../../main/web/client/resyncs.ts';
import { equal, test } from './assert.ts';
import { accepts, admin, CONVERSATION, head, OTHER, reconnect, resumed, says, sent, time, user, welcome } from './chat.ts';
import { Wire } from './page.ts';

/** The duties of a client in the promise: G3 send again, G9 find gaps, G10 resume. */

test('G3 sends the same id again after ten seconds without an answer', () => {
  const { chat } = user();
  const { id } = chat.send({ text: 'a' });
  equal(sent(), ['a']);
  time.pass(9_000);
  equal(sent(), []);
  time.pass(1_000);
  equal(Wire.last.take('send').map(({ frame }) => toUuid(frame.clientMsgId)), [id]);
  chat.close();
});

test('G3 sends again after a retryable refusal, when it was told to', () => {
  const { chat, told } = user();
  const { id } = chat.send({ text: 'a' });
  sent();
  Wire.last.says({ refused: { clientMsgId: fromUuid(id), code: RefusalCode.BACKLOG_FULL, retryable: true, retryAfterMs: 5_000 } });
  time.pass(4_000);
  equal(sent(), []);
  time.pass(2_000);
  equal(sent(), ['a']);
  equal(told, ['a sending']);
  chat.close();
});

test('G3 keeps what has an answer that says nothing', () => {
  const { chat } = user();
  const sending = chat.send({ text: 'a' });
  for (const code of [RefusalCode.UNAVAILABLE, RefusalCode.TIMEOUT, RefusalCode.NOT_REPLICATED]) {
    equal(sent(), ['a']);
    Wire.last.says({ refused: { clientMsgId: fromUuid(sending.id), code, retryable: true } });
    equal([sending.status, chat.pending().length], ['sending', 1]);
    time.pass(2_000);
  }
  accepts(sending, 1);
  equal(sending.status, 'accepted');
  chat.close();
});

test('G3 sends all that is not accepted over the next connection, in order, and nothing else', () => {
  const { chat } = user();
  const [accepted] = ['a', 'b', 'c'].map((text) => chat.send({ text }));
  accepts(accepted!, 1);
  reconnect(Role.USER, head(1));
  equal(sent(), ['b', 'c']);
  chat.close();
});

test('G3 sends all that is not stored when the epoch rises, before what was never accepted', () => {
  const { chat, told } = user();
  const [stored, lost] = ['a', 'b', 'c'].map((text) => chat.send({ text }));
  accepts(stored!, 1);
  accepts(lost!, 2);
  Wire.last.says({ stored: { conversation: fromUuid(CONVERSATION), epoch: 1, seq: 1 } });
  sent();
  told.splice(0);
  reconnect(Role.USER, head(3, 2));
  equal(sent(), ['b', 'c']);
  equal(told.includes('b sending'), true);
  chat.close();
});

test('G3 sends again what a fail-over lost without a new epoch to show it', () => {
  const { chat } = user();
  const lost = chat.send({ text: 'a' });
  accepts(lost, 2);
  sent();
  Wire.last.says({ sync: { heads: [head(1)] } });
  time.pass(1_000);
  const { ref, frame } = Wire.last.one('resume');
  equal(frame.positions.map(({ seq }) => seq), [2]);
  Wire.last.says({ ref, sync: { heads: [head(1, 1, { resyncRequired: true })] } });
  time.pass(1_000);
  equal(sent(), ['a']);
  chat.close();
});

test('G3 asks how a lane stands in which nothing gets stored', () => {
  const { chat } = user();
  accepts(chat.send({ text: 'a' }), 1);
  time.pass(29_000);
  equal(resumed(), []);
  time.pass(3_000);
  equal(resumed(), [[[1, 1]]]);
  chat.close();
});

test('G3 sends again what was accepted in a conversation that is gone, without naming it', () => {
  const { chat } = user();
  accepts(chat.send({ text: 'a' }), 1);
  sent();
  time.pass(32_000);
  const { ref } = Wire.last.one('resume');
  Wire.last.says({ ref, refused: { code: RefusalCode.FORBIDDEN } });
  time.pass(1_000);
  equal(Wire.last.take('send').map(({ frame }) => [frame.text, frame.conversation.length]), [['a', 0]]);
  chat.close();
});

test('G9 asks for a hole half a second later, and shows what comes in order, once', () => {
  const { chat, told } = user(head(1));
  says(3);
  equal(resumed(), []);
  time.pass(2_000);
  equal(resumed(), [[[1, 1]]]);
  says(2);
  says(3);
  says(4);
  equal(told, ['line 2', 'line 3', 'line 4']);
  chat.close();
});

test('G9 asks for a lost end when a beacon tells of it', () => {
  const { chat, told } = user(head(1));
  Wire.last.says({ sync: { heads: [head(2)] } });
  time.pass(2_000);
  equal(resumed(), [[[1, 1]]]);
  says(2);
  equal(told, ['line 2']);
  chat.close();
});

test('G9 asks nothing more while the server can not answer', () => {
  const { chat } = user(head(1));
  says(3);
  time.pass(1_000);
  const { ref } = Wire.last.one('resume');
  for (let i = 0; i < 3; i++) {
    Wire.last.says({ ref, refused: { code: RefusalCode.UNAVAILABLE, retryable: true } });
    time.pass(4_000);
    equal(Wire.last.one('resume').ref, ref);
  }
  chat.close();
});

test('G10 tells every lane where it stands after a reconnect, and follows what it followed', () => {
  const { chat, told } = admin();
  chat.watch(OTHER, { epoch: 1, seq: 7 });
  chat.loaded(CONVERSATION, 'PUBLIC', { epoch: 1, seq: 4 });
  Wire.last.says({ ref: Wire.last.take('watch')[0]!.ref, sync: {} });
  Wire.last.ends(1006);
  time.pass(2_000);
  welcome(Wire.last, Role.ADMIN, [], false);
  equal(told, []);
  const { ref, frame } = Wire.last.one('resume');
  equal(frame.positions.map(({ conversation, seq }) => [toUuid(conversation), seq]), [[OTHER, 7], [CONVERSATION, 4]]);
  equal(Wire.last.take('watch').map((one) => toUuid(one.frame.conversation)), [OTHER]);
  Wire.last.says({ ref, sync: { heads: [] } });
  equal(told, []);
  chat.close();
});

test('G10 asks again until an answer is complete, and is ready only then', () => {
  const { chat, told } = user(head(1));
  Wire.last.ends(1006);
  time.pass(2_000);
  welcome(Wire.last, Role.USER, [head(3)], false);
  const [first] = Wire.last.take('resume');
  says(2);
  Wire.last.says({ ref: first!.ref, sync: { heads: [head(3)] } });
  equal([chat.state.phase, told], ['connecting', ['line 2']]);
  const [second] = Wire.last.take('resume');
  equal(second!.frame.positions.map(({ seq }) => seq), [2]);
  says(3);
  Wire.last.says({ ref: second!.ref, sync: { heads: [head(3, 1, { complete: true })] } });
  equal([chat.state.phase, told], ['open', ['line 2', 'line 3', 'ready true']]);
  chat.close();
});

test('G10 goes on asking while the server can not answer', () => {
  const { chat } = user(head(1));
  Wire.last.ends(1006);
  time.pass(2_000);
  welcome(Wire.last, Role.USER, [head(1)], false);
  const { ref } = Wire.last.one('resume');
  const refuse = (): void => Wire.last.says({ ref, refused: { code: RefusalCode.UNAVAILABLE, retryable: true } });
  refuse();
  const asked: number[] = [];
  for (let second = 1; second <= 20; second++) {
    time.pass(1_000);
    equal(chat.state.phase, 'connecting');
    if (!Wire.last.take('resume').length) continue;
    asked.push(second);
    refuse();
  }
  equal(asked, [1, 3, 7, 11, 15, 19]);
  Wire.last.says({ ref, sync: { heads: [head(1, 1, { complete: true })] } });
  equal(chat.state.phase, 'open');
  chat.close();
});

test('G10 asks again what has no answer at all', () => {
  const { chat } = user(head(1));
  Wire.last.ends(1006);
  time.pass(2_000);
  welcome(Wire.last, Role.USER, [head(1)], false);
  equal(resumed().length, 1);
  time.pass(9_000);
  Wire.last.says({ pong: {} });
  equal(resumed().length, 0);
  time.pass(2_000);
  equal(resumed().length, 1);
  chat.close();
});

test('G10 resumes the other lanes when the server refuses to speak of one', () => {
  const { chat, told } = admin();
  for (const conversation of [OTHER, CONVERSATION]) chat.loaded(conversation, 'PUBLIC', { epoch: 1, seq: 4 });
  Wire.last.says({ sync: {} });
  const refuse = (): number[] =>
    Wire.last.take('resume').map(({ ref, frame }) => {
      const gone = frame.positions.some(({ conversation }) => toUuid(conversation) === OTHER);
      if (gone) Wire.last.says({ ref, refused: { code: RefusalCode.FORBIDDEN } });
      else Wire.last.says({ ref, sync: { heads: [head(4, 1, { complete: true })] } });
      return frame.positions.length;
    });
  equal([refuse(), refuse(), refuse()], [[2], [1, 1], []]);
  time.pass(SPREAD_MS + 1_000);
  equal(told, ['ready true', 'resync other']);
  Wire.last.says({ sync: {} });
  equal(refuse(), [1]);
  chat.close();
});

for (const [name, chance, wait] of [['early', 0, 1_000], ['late', 0.95, 10_000]] as const) {
  test(`T19 loads a lost lane at a moment of its own: ${name}`, () => {
    const { chat, told } = user(head(5));
    time.chance = chance;
    Wire.last.says({ sync: { heads: [head(4)] } });
    time.pass(1_000);
    const { ref } = Wire.last.one('resume');
    for (let i = 0; i < 2; i++) Wire.last.says({ ref, sync: { heads: [head(4, 1, { resyncRequired: true })] } });
    time.pass(wait - 1_000);
    equal(told, []);
    time.pass(1_000);
    equal(told, ['resync']);
    time.pass(60_000);
    equal(told, ['resync']);
    time.chance = 0.5;
    chat.close();
  });
}

test('G10 waits as long as the server says before it asks again, and sends meanwhile', () => {
  const { chat, told } = user(head(1));
  reconnect(Role.USER);
  told.splice(0);
  Wire.last.says({ sync: { heads: [head(9)] } });
  time.pass(1_000);
  const { ref } = Wire.last.one('resume');
  Wire.last.says({ ref, sync: { heads: [head(9, 1, { retryAfterMs: 5_000 })] } });
  chat.send({ text: 'a' });
  equal(sent(), ['a']);
  time.pass(4_000);
  equal(resumed(), []);
  time.pass(2_000);
  equal(resumed(), [[[1, 1]]]);
  chat.close();
});

test('T19 loads anew when the server says', () => {
  const { chat, told } = user(head(1));
  says(2);
  Wire.last.says({ sync: { heads: [head(2, 7)] } });
  time.pass(1_000);
  const { ref } = Wire.last.one('resume');
  told.splice(0);
  Wire.last.says({ ref, sync: { heads: [head(1, 7, { resyncRequired: true, retryAfterMs: 4_000 })] } });
  time.pass(3_000);
  equal(told, []);
  time.pass(2_000);
  equal(told, ['resync']);
  chat.close();
});
