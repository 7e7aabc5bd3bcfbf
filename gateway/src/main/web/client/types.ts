/** What an application sees of a chat. */

/** Where something stands in a lane: compare the epoch first. */
export interface Position {
  readonly epoch: number;
  readonly seq: number;
}

export type LaneName = 'PUBLIC' | 'STAFF';
export type RoleName = 'USER' | 'ADMIN';

export interface ChatMessage {
  readonly id: string;
  readonly clientMsgId: string;
  readonly conversation: string;
  readonly owner: string;
  readonly sender: string;
  readonly senderRole: RoleName;
  readonly lane: LaneName;
  readonly text: string;
  readonly position: Position;
  /** Milliseconds since 1970, of the server. To show, never to sort. */
  readonly time: number;
}

/** Something was said in a conversation that is not followed. */
export interface Notice {
  readonly conversation: string;
  readonly owner: string;
  readonly sender: string;
  readonly preview: string;
  readonly position: Position;
  readonly time: number;
}

/** Where a lane stands: what is said, what is stored, what is read. */
export interface HeadState {
  readonly conversation: string;
  readonly owner: string;
  readonly lane: LaneName;
  readonly position: Position;
  readonly stored: Position;
  readonly ownerRead: Position;
  readonly staffRead: Position;
}

export interface ReadState {
  readonly conversation: string;
  readonly position: Position;
  /** Read by an administrator; otherwise by the owner. */
  readonly staff: boolean;
}

export interface Limits {
  readonly textCodePointsMax: number;
  readonly textBytesMax: number;
  readonly frameBytesMax: number;
  readonly unansweredMax: number;
  readonly pingIntervalMs: number;
  readonly silenceMaxMs: number;
}

export interface Identity {
  readonly user: string;
  readonly name: string;
  readonly role: RoleName;
}

/**
 * `connecting`: on the way. `open`: connected, and everything missed has arrived. `waiting`: will try again, at `retryAt` at the
 * latest; not before when the server `asked` for it. `unauthenticated`: nobody is signed in; looks again by itself. `ended`: stays
 * so until the application connects anew.
 */
export type State =
  | { readonly phase: 'connecting' }
  | { readonly phase: 'open' }
  | { readonly phase: 'waiting'; readonly retryAt: number; readonly asked: boolean }
  | { readonly phase: 'unauthenticated' }
  | { readonly phase: 'ended'; readonly reason: EndReason };

/** Why a client does not reconnect. */
export type EndReason = 'closed' | 'replaced' | 'forbidden' | 'other-user' | 'protocol';

/**
 * `sending`: under way, or will be; again, when the server may have lost what it accepted. `accepted`: in the log, at a position.
 * `stored`: in the database.
 */
export type SendStatus = 'sending' | 'accepted' | 'stored' | 'failed';

export interface Sending {
  readonly id: string;
  readonly text: string;
  readonly lane: LaneName;
  /** Named by the application, or by the answer. */
  readonly conversation: string | undefined;
  readonly owner: string | undefined;
  readonly createdAt: number;
  readonly status: SendStatus;
  /** Why it failed. AT_RISK: accepted, and too many others are that are not stored; should the server lose it, nobody sends it again. */
  readonly failure: string | undefined;
  readonly position: Position | undefined;
  /** Settles when it stands in the log, or is refused for good. */
  readonly accepted: Promise<ChatMessage>;
  /** Settles when it is in the database, or is refused, or is too old to be followed ({@link SendFailed} with AT_RISK). */
  readonly stored: Promise<void>;
}

/** A lane that the server has lost the end of, or that lacks more than can be told. */
export interface Resync {
  readonly conversation: string;
  readonly lane: LaneName;
  /** The lane's head when that was noticed. */
  readonly position: Position;
}

export interface Events {
  state: State;
  /** The first frame of every connection. Load history only now: what comes from here on is buffered in order. */
  welcome: Identity & { readonly heads: readonly HeadState[]; readonly limits: Limits };
  /** After each connect, and when the gateway lost sight of what is said: everything that was missed has arrived. */
  ready: { readonly again: boolean };
  /** In order, each once. Own ones too, when they are accepted. */
  message: ChatMessage;
  notice: Notice;
  /** A message of one's own changed its status, or is AT_RISK. */
  sending: Sending;
  stored: { readonly conversation: string; readonly lane: LaneName; readonly position: Position };
  head: HeadState;
  read: ReadState;
  /** Forget this lane, and load it from history. Comes up to ten seconds late: everybody else is told so, too. */
  resync: Resync;
  /** The session ends soon, by the server's clock; `extended` takes it back. */
  expiring: { readonly expiresAt: number };
  extended: { readonly expiresAt: number };
}

export class SendFailed extends Error {
  /** A refusal code of the protocol, OUTBOX_FULL, AT_RISK, or ENDED: this client will not send any more. */
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

export const START: Position = { epoch: 0, seq: 0 };

export function compare(a: Position, b: Position): number {
  return a.epoch - b.epoch || a.seq - b.seq;
}
