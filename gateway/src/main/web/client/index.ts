/** The Switchboard client for browsers. See ../README.md. */
import { ChatClient } from './client.ts';
import type { Options } from './client.ts';

export { ChatClient } from './client.ts';
export type { Options } from './client.ts';
export type { Letter } from './outbox.ts';
export { compare, SendFailed } from './types.ts';
export type { ChatMessage, Events, HeadState, Identity, LaneName, Limits, Notice, Position, ReadState, Resync, RoleName, Sending, SendStatus, State } from './types.ts';
export { newId } from './ids.ts';

/** Connects, and stays connected until close(). */
export function connect(options: Options): ChatClient {
  return new ChatClient(options);
}
