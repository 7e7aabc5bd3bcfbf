import { Role } from '@wire';
import type { Accepted, Head, Refused, ServerFrame, Sync, Welcome } from '@wire';
import { Backoff, verdict } from './backoff.ts';
import type { Verdict } from './backoff.ts';
import { laneName, laneOf, refusalCode, toHead, toMessage, toNotice } from './convert.ts';
import { Emitter } from './emitter.ts';
import { fromUuid, hex, toUuid } from './ids.ts';
import { Lanes } from './lanes.ts';
import { Link } from './link.ts';
import type { Closed } from './link.ts';
import { Outbox } from './outbox.ts';
import type { Letter } from './outbox.ts';
import { ReadMarks } from './reads.ts';
import { SessionApi } from './session.ts';
import type { ChatMessage, EndReason, HeadState, Identity, LaneName, Limits, Notice, Position, ReadState, Sending, State } from './types.ts';

export interface Options {
  /** Of gateways, such as wss://chat.example/ws; the next one is tried when one fails. */
  readonly urls: readonly string[];
  /** Administrators: follow every conversation. Otherwise those that watch() names; the rest comes as notices. */
  readonly watchAll?: boolean;
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
  /** A message of one's own changed its status. */
  sending: Sending;
  stored: { readonly conversation: string; readonly lane: LaneName; readonly position: Position };
  head: HeadState;
  read: ReadState;
  /** Forget this lane, and load it from history up to the position. */
  resync: { readonly conversation: string; readonly lane: LaneName; readonly position: Position };
  /** The session ends soon, by the server's clock; `extended` takes it back. */
  expiring: { readonly expiresAt: number };
  extended: { readonly expiresAt: number };
}

const TICK_MS = 1_000;
/** How long before its end a session is looked after. */
const EXPIRY_NOTICE_MS = 90_000;
const EXPIRY_LOOK_MS = 5_000;
/** How often an abandoned page looks whether somebody has signed in. */
const SIGN_IN_LOOK_MS_MIN = 4_000;
const SIGN_IN_LOOK_MS_MAX = 60_000;
const RESUME_LANES_MAX = 200;
/** A request that could not be answered is asked again, no sooner than this. */
const RETRY_MS_MIN = 1_000;
const DEFAULT_LIMITS: Limits = {
  textCodePointsMax: 4_000,
  textBytesMax: 16_384,
  frameBytesMax: 65_536,
  unansweredMax: 32,
  pingIntervalMs: 20_000,
  silenceMaxMs: 35_000,
};

type Command = Parameters<Link['send']>[0];

/** A chat that stays: reconnects, resumes and resends by itself. Everything happens on the page's one thread. */
export class ChatClient extends Emitter<Events> {
  private current: State = { phase: 'connecting' };
  private identity: Identity | undefined;
  private bounds = DEFAULT_LIMITS;
  private link: Link | undefined;
  private readonly lanes = new Lanes((message) => this.emit('message', message), Date.now);
  private readonly outbox = new Outbox((entry) => this.write(entry), (entry) => this.emit('sending', entry), Date.now);
  private readonly reads = new ReadMarks((conversation, at) => this.link?.send({ read: { conversation: fromUuid(conversation), ...at } }), Date.now);
  private readonly backoff = new Backoff();
  private readonly watched = new Set<string>();
  private urlIndex = 0;
  private lastRef = 0;
  /** Requests without an answer, of the present connection; ready when the opening ones are gone. */
  private readonly unanswered = new Map<number, Command>();
  private welcomes = 0;
  /** The gateway has missed announcements: `ready` is due when what they said has arrived. */
  private behind = false;
  private expiresAt = Infinity;
  private clockAhead = 0;
  private connection = '';
  private nextLook = 0;
  private lookWait = SIGN_IN_LOOK_MS_MIN;
  private looking = false;
  private readonly ticker: ReturnType<typeof setInterval>;
  private readonly abort = new AbortController();

  constructor(private readonly options: Options) {
    super();
    if (!options.urls.length) throw new RangeError('urls must name a gateway');
    this.ticker = setInterval(() => this.tick(), TICK_MS);
    const { signal } = this.abort;
    addEventListener('online', () => this.hurry(), { signal });
    addEventListener('offline', () => this.link?.prove(), { signal });
    addEventListener('pageshow', () => this.hurry(), { signal });
    addEventListener('focus', () => this.hurry(), { signal });
    this.connect();
  }

  get state(): State {
    return this.current;
  }

  /** The server's clock, as far as it is known. */
  get serverTime(): number {
    return Date.now() + this.clockAhead;
  }

  get limits(): Limits {
    return this.bounds;
  }

  /** Says something. Throws SendFailed: OUTBOX_FULL when a hundred messages or a mebibyte wait already, ENDED after the end. */
  send(letter: Letter): Sending {
    const entry = this.outbox.add(letter);
    this.pump();
    return entry;
  }

  /** What was said and is not accepted yet. */
  pending(): Sending[] {
    return this.outbox.pending();
  }

  /** Everything up to here was seen. Sent at most once a second for a conversation; the last one wins. */
  read(conversation: string, position: Position): void {
    this.reads.mark(conversation, position);
    if (this.current.phase === 'open') this.reads.flush();
  }

  /** Follows one conversation from a position on (administrators without watchAll). */
  watch(conversation: string, position: Position): void {
    this.watched.add(conversation);
    this.lanes.follow(conversation, 'PUBLIC', position);
    this.request({ watch: { conversation: fromUuid(conversation), ...position } });
  }

  unwatch(conversation: string): void {
    this.watched.delete(conversation);
    this.request({ unwatch: { conversation: fromUuid(conversation) } });
  }

  /** The application has loaded this lane up to here. */
  loaded(conversation: string, lane: LaneName, position: Position): void {
    this.lanes.follow(conversation, lane, position);
  }

  /** Tries at once instead of waiting, unless the server asked for the wait. */
  hurry(): void {
    if (this.current.phase === 'waiting' && !this.current.asked) this.connect();
    else if (this.current.phase === 'unauthenticated') this.nextLook = 0;
    else if (this.current.phase === 'open') this.link?.prove();
    this.tick();
  }

  close(): void {
    this.end('closed');
  }

  private connect(): void {
    this.link?.close();
    this.unanswered.clear();
    this.become({ phase: 'connecting' });
    const url = this.options.urls[this.urlIndex % this.options.urls.length]!;
    const link: Link = new Link(
      url,
      (frame) => this.link === link && this.receive(frame),
      (closed) => this.link === link && this.closed(closed),
      Date.now,
    );
    this.link = link;
  }

  private closed(closed: Closed): void {
    this.link = undefined;
    const meaning = verdict(closed.code);
    if (meaning === 'replaced' || meaning === 'forbidden' || meaning === 'protocol') return this.end(meaning);
    if (meaning === 'too-large') this.outbox.failLargest(this.bounds.frameBytesMax);
    if (!closed.welcomed) this.urlIndex++;
    this.retry(meaning, closed.openMs);
    // A browser doesn't tell a refused handshake from a broken network.
    if (meaning === 'sign-in' || !closed.welcomed) void this.look();
  }

  private retry(meaning: Verdict, openMs: number): void {
    const { ms, asked } = this.backoff.after(meaning, openMs);
    this.become({ phase: 'waiting', retryAt: Date.now() + ms, asked });
  }

  private end(reason: EndReason): void {
    clearInterval(this.ticker);
    this.abort.abort();
    this.link?.close();
    this.link = undefined;
    if (reason === 'forbidden' || reason === 'other-user') this.lanes.forget();
    this.outbox.end();
    this.become({ phase: 'ended', reason });
  }

  private tick(): void {
    const now = Date.now();
    const state = this.current;
    this.link?.tick(this.bounds.pingIntervalMs, this.bounds.silenceMaxMs);
    if (state.phase === 'waiting' && now >= state.retryAt) this.connect();
    if (state.phase === 'unauthenticated' && now >= this.nextLook) void this.look();
    if (state.phase !== 'open') return;
    this.pump();
    this.reads.flush();
    this.resume(true);
    if (this.expiresAt - this.serverTime < EXPIRY_NOTICE_MS && now >= this.nextLook) void this.look();
  }

  /** Asks who the cookie speaks for, and acts on it. */
  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    const url = new URL(this.options.urls[this.urlIndex % this.options.urls.length]!, location.href);
    const api = new SessionApi(url.origin.replace(/^ws/, 'http'));
    const session = await api.look();
    this.looking = false;
    if (this.current.phase === 'ended') return;
    if (this.current.phase === 'open') return this.extend(api, session?.expiresAt ?? 0);
    if (session === null) {
      this.nextLook = Date.now() + this.lookWait;
      this.lookWait = Math.min(SIGN_IN_LOOK_MS_MAX, this.lookWait * 1.5);
      if (this.current.phase !== 'connecting') this.become({ phase: 'unauthenticated' });
    } else if (session) {
      this.lookWait = SIGN_IN_LOOK_MS_MIN;
      if (this.identity && session.user !== this.identity.user) return this.end('other-user');
      if (this.current.phase === 'unauthenticated') this.connect();
    } else {
      this.nextLook = Date.now() + this.lookWait;
    }
  }

  /** The connection's token ends soon: perhaps the platform has renewed the cookie. */
  private async extend(api: SessionApi, cookieUntil: number): Promise<void> {
    this.nextLook = Date.now() + EXPIRY_LOOK_MS;
    const until = cookieUntil > this.expiresAt ? await api.extend(this.connection) : undefined;
    if (until && until > this.expiresAt) {
      this.expiresAt = until;
      this.emit('extended', { expiresAt: until });
    } else if (this.expiresAt - this.serverTime < EXPIRY_NOTICE_MS) {
      this.emit('expiring', { expiresAt: this.expiresAt });
    }
  }

  private receive(frame: ServerFrame): void {
    if (frame.message) this.said(toMessage(frame.message));
    else if (frame.accepted) this.accepted(frame.accepted);
    else if (frame.stored) {
      const { conversation, lane, epoch, seq } = frame.stored;
      this.storedUpTo(toUuid(conversation), laneName(lane), { epoch, seq });
    } else if (frame.welcome) this.welcome(frame.welcome);
    else if (frame.sync) this.sync(frame.sync, frame.ref);
    else if (frame.refused) this.refused(frame.refused, frame.ref);
    else if (frame.notice) this.emit('notice', toNotice(frame.notice));
    else if (frame.goingAway) this.backoff.goingAway(frame.goingAway.reconnectAfterMs);
    else if (frame.readMark) {
      const { conversation, epoch, seq, staff } = frame.readMark;
      this.emit('read', { conversation: toUuid(conversation), position: { epoch, seq }, staff });
    }
  }

  private welcome(frame: Welcome): void {
    const identity: Identity = { user: frame.user, name: frame.name, role: frame.role === Role.ADMIN ? 'ADMIN' : 'USER' };
    if (this.identity && identity.user !== this.identity.user) return this.end('other-user');
    const again = this.welcomes++ > 0;
    this.identity = identity;
    this.bounds = frame.limits ?? DEFAULT_LIMITS;
    this.connection = hex(frame.connection);
    this.clockAhead = frame.serverTime - Date.now();
    this.expiresAt = frame.tokenExpiresAt || Infinity;
    this.nextLook = 0;
    this.lookWait = SIGN_IN_LOOK_MS_MIN;
    const heads = frame.heads.map(toHead);
    for (const head of heads) {
      // Begun on another device while this one was away: all of it lacks. On the first connection history has it.
      if (again && !this.lanes.has(head.conversation, head.lane)) this.lanes.expect(head);
      this.stand(head, frame.heads[heads.indexOf(head)]!, { known: true, complete: false });
    }
    this.emit('welcome', { ...identity, heads, limits: this.bounds });
    if (this.options.watchAll && identity.role === 'ADMIN') this.request({ watch: { all: true } });
    for (const conversation of this.watched) this.request({ watch: { conversation: fromUuid(conversation) } });
    this.resume(false);
    this.outbox.reconnected();
    this.reads.reconnected();
    this.opened(again);
  }

  private opened(again: boolean): void {
    if (this.unanswered.size || (this.current.phase === 'open' && !this.behind)) return;
    const late = this.behind;
    this.behind = false;
    if (this.current.phase !== 'open') this.become({ phase: 'open' });
    this.emit('ready', { again: again || late });
    this.pump();
    this.reads.flush();
  }

  /** Tells where every lane stands, or those alone that have had a hole for a while. */
  private resume(onlyHoles: boolean): void {
    const positions = this.lanes.positions(onlyHoles).slice(-RESUME_LANES_MAX);
    if (!positions.length) return;
    this.lanes.asked();
    this.request({
      resume: { positions: positions.map(({ conversation, lane, at }) => ({ conversation: fromUuid(conversation), lane: laneOf(lane), ...at })) },
    });
  }

  private sync(frame: Sync, ref: number): void {
    if (!ref && !frame.heads.length) return this.fellBehind();
    let unfinished = false;
    for (const head of frame.heads) {
      const state = toHead(head);
      // Unasked, a user hears of the own lanes alone: one that began while the gateway saw nothing lacks altogether.
      if (!ref && this.identity?.role === 'USER' && !this.lanes.has(state.conversation, state.lane)) this.lanes.expect(state);
      this.stand(state, head, { known: false, complete: ref > 0 && head.complete });
      unfinished ||= ref > 0 && !head.complete && !head.resyncRequired;
    }
    if (unfinished) this.resume(false);
    this.answered(ref);
  }

  /** An empty hint, to administrators: anything may have been missed, new conversations as well. */
  private fellBehind(): void {
    this.behind = true;
    this.resume(false);
    this.opened(true);
  }

  private stand(head: HeadState, frame: Head, answer: { known: boolean; complete: boolean }): void {
    const { conversation, lane, position } = head;
    this.outbox.onEpoch(conversation, lane, position.epoch);
    if (!this.lanes.head(head, { resyncRequired: frame.resyncRequired, ...answer })) this.emit('resync', { conversation, lane, position });
    this.storedUpTo(conversation, lane, head.stored);
    this.emit('head', head);
  }

  private said(message: ChatMessage): void {
    this.outbox.onEpoch(message.conversation, message.lane, message.position.epoch);
    this.lanes.place(message);
  }

  private accepted(frame: Accepted): void {
    const conversation = toUuid(frame.conversation);
    const position = { epoch: frame.epoch, seq: frame.seq };
    const lane = laneName(frame.lane);
    const message = this.outbox.onAccepted(
      toUuid(frame.clientMsgId),
      conversation,
      position,
      (entry) => this.own(entry, frame, conversation, position),
      this.lanes.isStored(conversation, lane, position),
    );
    if (message) this.said(message);
    this.pump();
  }

  private own(entry: Sending, frame: Accepted, conversation: string, position: Position): ChatMessage {
    const { user, role } = this.identity!;
    return {
      id: toUuid(frame.messageId),
      clientMsgId: entry.id,
      conversation,
      owner: role === 'USER' ? user : (entry.owner ?? ''),
      sender: user,
      senderRole: role,
      lane: entry.lane,
      text: entry.text,
      position,
      time: frame.serverTime,
    };
  }

  private refused(frame: Refused, ref: number): void {
    const id = toUuid(frame.clientMsgId);
    if (id) {
      this.outbox.onRefused(id, refusalCode(frame.code), frame.retryable, frame.retryAfterMs);
      return;
    }
    const command = this.unanswered.get(ref);
    if (!command || !frame.retryable) return this.answered(ref);
    // Without its answer this page would pass for complete: the question stays open, and is asked once more.
    const link = this.link;
    setTimeout(() => {
      if (this.link === link) this.link?.send({ ...command, ref });
    }, Math.max(frame.retryAfterMs, RETRY_MS_MIN));
  }

  private storedUpTo(conversation: string, lane: LaneName, position: Position): void {
    if (!position.seq) return;
    this.outbox.onStored(conversation, lane, position);
    // Beacons say it again and again, and of conversations nobody here has looked at.
    if (this.lanes.stored(conversation, lane, position)) this.emit('stored', { conversation, lane, position });
  }

  private request(command: Command): void {
    if (!this.link) return;
    const ref = ++this.lastRef;
    this.unanswered.set(ref, command);
    this.link.send({ ...command, ref });
  }

  private answered(ref: number): void {
    if (this.unanswered.delete(ref)) this.opened(this.welcomes > 1);
  }

  private pump(): void {
    if (this.current.phase === 'open') this.outbox.pump(this.bounds.unansweredMax);
  }

  private write(entry: Sending): void {
    this.link?.send({
      send: {
        clientMsgId: fromUuid(entry.id),
        conversation: entry.conversation ? fromUuid(entry.conversation) : undefined,
        owner: entry.owner,
        text: entry.text,
        lane: laneOf(entry.lane),
      },
    });
  }

  private become(state: State): void {
    if (this.current.phase === 'ended') return;
    this.current = state;
    this.emit('state', state);
  }
}
