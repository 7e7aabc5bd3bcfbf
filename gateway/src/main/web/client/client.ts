import { Role } from '@wire';
import type { Accepted, Refused, ServerFrame, Sync, Welcome } from '@wire';
import { Backoff, verdict } from './backoff.ts';
import type { Verdict } from './backoff.ts';
import { laneName, laneOf, refusalCode, toHead, toMessage, toNotice, toOwn } from './convert.ts';
import { Emitter } from './emitter.ts';
import { fromUuid, hex, toUuid } from './ids.ts';
import { Lanes } from './lanes.ts';
import type { Answer, Standing } from './lanes.ts';
import { Link } from './link.ts';
import type { Closed } from './link.ts';
import { Outbox } from './outbox.ts';
import type { Letter } from './outbox.ts';
import { ReadMarks } from './reads.ts';
import { Requests } from './requests.ts';
import type { Command } from './requests.ts';
import { Resyncs } from './resyncs.ts';
import { SessionWatch } from './session.ts';
import { START } from './types.ts';
import type { ChatMessage, EndReason, Events, HeadState, Identity, LaneName, Limits, Position, Resync, Sending, State } from './types.ts';

export interface Options {
  /** Of gateways, such as wss://chat.example/ws; the next one is tried when one fails. */
  readonly urls: readonly string[];
  /** Administrators: follow every conversation. Otherwise those that watch() names; the rest comes as notices. */
  readonly watchAll?: boolean;
}

const TICK_MS = 1_000;
const DEFAULT_LIMITS: Limits = {
  textCodePointsMax: 4_000,
  textBytesMax: 16_384,
  frameBytesMax: 65_536,
  unansweredMax: 32,
  pingIntervalMs: 20_000,
  silenceMaxMs: 35_000,
};

/** A chat that stays: reconnects, resumes and resends by itself. Everything happens on the page's one thread. */
export class ChatClient extends Emitter<Events> {
  private current: State = { phase: 'connecting' };
  private identity: Identity | undefined;
  private bounds = DEFAULT_LIMITS;
  private link: Link | undefined;
  private readonly lanes = new Lanes((message) => this.emit('message', message), Date.now);
  private readonly outbox = new Outbox((letter) => this.write(letter), (entry) => this.emit('sending', entry), Date.now);
  private readonly reads = new ReadMarks((conversation, at) => this.link?.send({ read: { conversation: fromUuid(conversation), ...at } }), Date.now);
  private readonly backoff = new Backoff();
  private readonly watched = new Set<string>();
  private urlIndex = 0;
  /** Ready when the opening ones are answered. */
  private readonly requests = new Requests((frame) => this.link?.send(frame), Date.now);
  private readonly resyncs = new Resyncs(Date.now);
  private readonly session = new SessionWatch(
    {
      state: () => this.current,
      serverTime: () => this.serverTime,
      user: () => this.identity?.user,
      base: () => new URL(this.url, location.href).origin.replace(/^ws/, 'http'),
      signedIn: () => this.connect(),
      signedOut: () => this.become({ phase: 'unauthenticated' }),
      otherUser: () => this.end('other-user'),
      expiring: (expiresAt) => this.emit('expiring', { expiresAt }),
      extended: (expiresAt) => this.emit('extended', { expiresAt }),
    },
    Date.now,
  );
  private welcomes = 0;
  /** The gateway has missed announcements: `ready` is due when what they said has arrived. */
  private behind = false;
  private clockAhead = 0;
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
    this.ask({ watch: { conversation: fromUuid(conversation), ...position } });
  }

  unwatch(conversation: string): void {
    this.watched.delete(conversation);
    this.ask({ unwatch: { conversation: fromUuid(conversation) } });
  }

  /** The application has loaded this lane up to here. */
  loaded(conversation: string, lane: LaneName, position: Position): void {
    this.lanes.follow(conversation, lane, position);
  }

  /** Tries at once instead of waiting, unless the server asked for the wait. */
  hurry(): void {
    if (this.current.phase === 'waiting' && !this.current.asked) this.connect();
    else if (this.current.phase === 'unauthenticated') this.session.hurry();
    else if (this.current.phase === 'open') this.link?.prove();
    this.tick();
  }

  close(): void {
    this.end('closed');
  }

  private get url(): string {
    return this.options.urls[this.urlIndex % this.options.urls.length]!;
  }

  private connect(): void {
    this.link?.close();
    this.requests.clear();
    this.become({ phase: 'connecting' });
    const link: Link = new Link(
      this.url,
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
    if (meaning === 'sign-in' || !closed.welcomed) void this.session.look();
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
    this.session.tick();
    this.requests.tick();
    if (this.current.phase !== 'open') return;
    this.pump();
    this.reads.flush();
    for (const { conversation, lane } of this.outbox.overdue()) this.lanes.doubt(conversation, lane);
    // While a question is open, the server may be unable to answer: more of them help nobody.
    if (!this.requests.size) this.resume(this.lanes.ask('holes'));
    for (const resync of this.resyncs.due()) this.emit('resync', resync);
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
    this.clockAhead = frame.serverTime - Date.now();
    // What was asked before this reached nobody.
    this.requests.clear();
    this.session.welcomed(hex(frame.connection), frame.tokenExpiresAt || Infinity);
    const heads = frame.heads.map(toHead);
    for (const head of heads) {
      // Begun on another device while this one was away: all of it lacks. On the first connection history has it.
      if (again && !this.lanes.has(head.conversation, head.lane)) this.lanes.expect(head);
      this.stand(head, { resyncRequired: false, known: true, answered: false, complete: false });
    }
    this.emit('welcome', { ...identity, heads, limits: this.bounds });
    if (this.options.watchAll && identity.role === 'ADMIN') this.ask({ watch: { all: true } });
    for (const conversation of this.watched) this.ask({ watch: { conversation: fromUuid(conversation) } });
    this.resume(this.lanes.ask('all'));
    this.outbox.reconnected();
    this.reads.reconnected();
    this.opened(again);
  }

  private opened(again: boolean): void {
    if (this.requests.size || (this.current.phase === 'open' && !this.behind)) return;
    const late = this.behind;
    this.behind = false;
    if (this.current.phase !== 'open') this.become({ phase: 'open' });
    this.emit('ready', { again: again || late });
    this.pump();
    this.reads.flush();
  }

  /** Tells where these lanes stand. */
  private resume(lanes: readonly Standing[]): void {
    const positions = lanes.map(({ conversation, lane, at }) => ({ conversation: fromUuid(conversation), lane: laneOf(lane), ...at }));
    if (positions.length) this.ask({ resume: { positions } });
  }

  private sync(frame: Sync, ref: number): void {
    if (!ref && !frame.heads.length) return this.fellBehind();
    const question = this.requests.command(ref);
    // Where this page stood was part of the question.
    const answered = !!(question?.resume || question?.watch?.epoch);
    const unfinished = new Set<string>();
    for (const head of frame.heads) {
      const state = toHead(head);
      const { conversation, lane } = state;
      const { complete, resyncRequired, retryAfterMs, answeredEpoch, answeredSeq } = head;
      // Unasked, a user hears of the own lanes alone: one that began while the gateway saw nothing lacks altogether.
      if (!ref && this.identity?.role === 'USER' && !this.lanes.has(conversation, lane)) this.lanes.expect(state);
      this.stand(state, { resyncRequired, known: false, answered, complete, through: { epoch: answeredEpoch, seq: answeredSeq } }, retryAfterMs);
      if (!answered || complete || resyncRequired) continue;
      if (retryAfterMs) this.lanes.putOff(conversation, lane, retryAfterMs);
      else unfinished.add(conversation + lane);
    }
    this.resume(this.lanes.ask(unfinished));
    this.answered(ref);
  }

  /** An empty hint, to administrators: anything may have been missed, new conversations as well. */
  private fellBehind(): void {
    this.behind = true;
    this.resume(this.lanes.ask('all'));
    this.opened(true);
  }

  private stand(head: HeadState, answer: Answer, retryAfterMs = 0): void {
    const { conversation, lane, position } = head;
    this.outbox.onEpoch(conversation, lane, position.epoch);
    const here = this.lanes.head(head, answer);
    this.storedUpTo(conversation, lane, head.stored);
    if (!here) this.lost({ conversation, lane, position }, retryAfterMs);
    this.emit('head', head);
  }

  /** What was accepted may be gone as well, even if the epoch does not show it yet. */
  private lost(resync: Resync, retryAfterMs = 0): void {
    this.outbox.onLost(resync.conversation, resync.lane);
    this.resyncs.add(resync, retryAfterMs);
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
      (entry) => toOwn(frame, entry, this.identity!),
      this.lanes.storedUpTo(conversation, lane),
    );
    if (message) this.said(message);
    this.pump();
  }

  private refused(frame: Refused, ref: number): void {
    const id = toUuid(frame.clientMsgId);
    if (id) this.outbox.onRefused(id, refusalCode(frame.code), frame.retryable, frame.retryAfterMs);
    else if (frame.retryable) this.requests.putOff(ref, frame.retryAfterMs);
    else {
      const asked = this.requests.command(ref)?.resume?.positions ?? [];
      this.divide(asked.map(({ conversation, lane = 0, epoch = 0, seq = 0 }) => ({ conversation: toUuid(conversation!), lane: laneName(lane), at: { epoch, seq } })));
      this.answered(ref);
    }
  }

  /** One lane that the server won't speak of must not keep the others from being resumed. */
  private divide(lanes: readonly Standing[]): void {
    const half = lanes.length >> 1;
    if (half) {
      this.resume(lanes.slice(0, half));
      this.resume(lanes.slice(half));
    } else {
      for (const { conversation, lane } of lanes) {
        this.lanes.drop(conversation, lane);
        this.lost({ conversation, lane, position: START });
      }
    }
  }

  private storedUpTo(conversation: string, lane: LaneName, position: Position): void {
    if (!position.seq) return;
    this.outbox.onStored(conversation, lane, position);
    // Beacons say it again and again, and of conversations nobody here has looked at.
    if (this.lanes.stored(conversation, lane, position)) this.emit('stored', { conversation, lane, position });
  }

  private ask(command: Command): void {
    if (this.link) this.requests.ask(command);
  }

  private answered(ref: number): void {
    if (this.requests.answered(ref)) this.opened(this.welcomes > 1);
  }

  private pump(): void {
    if (this.current.phase === 'open') this.outbox.pump(this.bounds.unansweredMax);
  }

  private write({ id, conversation, owner, text, lane = 'PUBLIC' }: Letter & { readonly id: string }): void {
    this.link?.send({
      send: { clientMsgId: fromUuid(id), conversation: conversation ? fromUuid(conversation) : undefined, owner, text, lane: laneOf(lane) },
    });
  }

  private become(state: State): void {
    if (this.current.phase === 'ended') return;
    this.current = state;
    this.emit('state', state);
  }
}
