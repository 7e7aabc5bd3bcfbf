import type { Draft } from '@codec';
import { Role } from '@wire';
import type { Head } from '@wire';
import { ChatClient } from '../../main/web/client/client.ts';
import { fromUuid } from '../../main/web/client/ids.ts';
import type { Sending } from '../../main/web/client/types.ts';
import { installPage, Wire } from './page.ts';

/** A client on a page, with the test as its server. */

export const CONVERSATION = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
export const OTHER = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c';
export const time = installPage();

interface Rig {
  readonly chat: ChatClient;
  /** What happens on the page, by name. */
  readonly told: string[];
}

/** Answers what a client asks when it comes, and says that nothing lacks. */
export function welcome(wire: Wire, role: number, heads: Draft<Head>[], told = true): void {
  wire.says({ welcome: { user: 'ana', role, serverTime: time.now, heads } });
  if (!told) return;
  for (const { ref, frame } of wire.take('resume')) {
    wire.says({ ref, sync: { heads: frame.positions.map(({ conversation, lane, epoch, seq }) => ({ conversation, lane, owner: 'ana', epoch, seq, complete: true })) } });
  }
  for (const { ref } of wire.take('watch')) wire.says({ ref, sync: {} });
}

function client(role: number, ...heads: Draft<Head>[]): Rig {
  const chat = new ChatClient({ urls: ['ws://chat.example/ws', 'ws://other.example/ws'] });
  const told: string[] = [];
  chat.on('ready', ({ again }) => told.push(`ready ${again}`));
  chat.on('message', ({ text }) => told.push(text));
  chat.on('resync', ({ conversation }) => told.push(`resync ${conversation === CONVERSATION ? '' : 'other'}`.trim()));
  chat.on('sending', ({ text, status, failure }) => told.push(`${text} ${status}${failure ? ' ' + failure : ''}`));
  welcome(Wire.last, role, heads);
  told.splice(0);
  return { chat, told };
}

export const user = (...heads: Draft<Head>[]): Rig => client(Role.USER, ...heads);
export const admin = (): Rig => client(Role.ADMIN);

export function head(seq: number, epoch = 1, more: Draft<Head> = {}): Draft<Head> {
  return { conversation: fromUuid(CONVERSATION), owner: 'ana', epoch, seq, ...more };
}

export function says(seq: number, epoch = 1, conversation = CONVERSATION): void {
  Wire.last.says({ message: { conversation: fromUuid(conversation), clientMsgId: fromUuid(CONVERSATION), sender: 'root', owner: 'ana', text: `line ${seq}`, epoch, seq } });
}

export function accepts(sending: Sending, seq: number, epoch = 1): void {
  Wire.last.says({ accepted: { clientMsgId: fromUuid(sending.id), conversation: fromUuid(CONVERSATION), epoch, seq } });
}

/** The texts of what was sent since the last look. */
export const sent = (): string[] => Wire.last.take('send').map(({ frame }) => frame.text);
/** Where the client says it stands, in each question since the last look. */
export const resumed = (): number[][][] => Wire.last.take('resume').map(({ frame }) => frame.positions.map(({ epoch, seq }) => [epoch, seq]));

/** Breaks the connection and lets the client come back. */
export function reconnect(role: number, ...heads: Draft<Head>[]): void {
  Wire.last.ends(1006);
  time.pass(2_000);
  welcome(Wire.last, role, heads);
}
