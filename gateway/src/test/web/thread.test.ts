import type { ChatMessage, Position, Sending, SendStatus } from '../../main/web/client/index.ts';
import type { History } from '../../main/web/soporte/api.ts';
import { Thread } from '../../main/web/soporte/thread.ts';
import { equal, test } from './assert.ts';

const at = (epoch: number, seq: number): Position => ({ epoch, seq });

function message(text: string, position: Position, sender = 'ana'): ChatMessage {
  return { id: '', clientMsgId: text, conversation: 'c', owner: 'ana', sender, senderRole: 'USER', lane: 'PUBLIC', text, position, time: position.seq };
}

function page(head: Position, ...messages: ChatMessage[]): History {
  return { messages, before: null, head, stored: head, complete: true };
}

/** What one said oneself: its entry in the outbox changes under the line. */
function own(thread: Thread, text: string, position: Position | undefined, status: SendStatus, failure?: string): { status: SendStatus } {
  const sending = { id: text, text, lane: 'PUBLIC', createdAt: 0, status, failure, position } as unknown as Sending & { status: SendStatus };
  thread.send('ana', sending);
  if (position) thread.add(message(text, position));
  return sending;
}

const lines = (thread: Thread): string[] => thread.list().map((item) => `${item.text} ${thread.status(item)}`);

test('what a lost lane still has takes the place of what was shown, and not before it is there', () => {
  const thread = new Thread('ana', false);
  for (const seq of [1, 2, 3]) thread.add(message(`line ${seq}`, at(1, seq), 'root'));
  thread.lose('c');
  equal([thread.list().length, thread.stale], [3, true]);
  thread.page('c', page(at(2, 2), message('line 1', at(1, 1), 'root'), message('other', at(2, 2), 'root')), true);
  equal(thread.list().map(({ text }) => text), ['line 1', 'other']);
});

test('keeps what is on its way when a lane is lost', () => {
  const thread = new Thread('ana', false);
  const again = own(thread, 'again', at(1, 1), 'accepted');
  own(thread, 'new', undefined, 'sending');
  again.status = 'sending';
  thread.lose('c');
  thread.page('c', page(at(1, 0)), true);
  equal(lines(thread), ['again sending', 'new sending']);
});

test('says what may be lost when nobody sends it again, until history has it', () => {
  const thread = new Thread('ana', false);
  own(thread, 'stored', at(1, 1), 'accepted', 'AT_RISK');
  own(thread, 'lost', at(1, 2), 'accepted', 'AT_RISK');
  own(thread, 'kept', at(1, 3), 'accepted', 'AT_RISK');
  thread.stored('c', at(1, 1));
  equal(lines(thread), ['stored stored', 'lost accepted', 'kept accepted']);
  thread.lose('c');
  thread.page('c', page(at(1, 3), message('stored', at(1, 1)), message('kept', at(1, 3))), true);
  equal(lines(thread), ['stored stored', 'kept stored', 'lost risk']);
});

test('takes nothing at risk for stored because a new epoch has stored something', () => {
  const thread = new Thread('ana', false);
  own(thread, 'lost', at(1, 2), 'accepted', 'AT_RISK');
  thread.stored('c', at(2, 5));
  thread.lose('c');
  thread.page('c', page(at(2, 5)), true);
  equal(lines(thread), ['lost risk']);
});

test('risks nothing where a page is loaded anew for another reason', () => {
  const thread = new Thread('ana', false);
  own(thread, 'a', at(1, 1), 'accepted', 'AT_RISK');
  thread.forget('c');
  equal(lines(thread), []);
});

test('shows once what stands twice', () => {
  const thread = new Thread('ana', false);
  for (const position of [at(1, 2), at(1, 4), at(1, 1)]) thread.add(message('a', position));
  thread.add(message('b', at(1, 3)));
  equal(thread.list().map(({ text, message }) => `${text} ${message!.position.seq}`), ['a 1', 'b 3']);
  thread.add(message('a', at(2, 4)));
  equal(thread.list().map(({ text }) => text), ['b', 'a']);
});

test('drops a conversation that is gone, but not what is on its way', () => {
  const thread = new Thread('ana', false);
  thread.add(message('line', at(1, 1), 'root'));
  own(thread, 'a', at(1, 2), 'sending');
  thread.drop('c');
  equal([lines(thread), thread.conversations()], [['a sending'], []]);
});
