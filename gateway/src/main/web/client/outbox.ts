import { newId } from './ids.ts';
import { compare, SendFailed, START } from './types.ts';
import type { ChatMessage, LaneName, Position, Sending, SendStatus } from './types.ts';

/** Messages that are not accepted yet, at most; beyond it send() throws OUTBOX_FULL. */
const WAITING_MAX = 100;
const WAITING_BYTES_MAX = 1024 * 1024;
/** Accepted ones that are watched until they are stored; the oldest beyond it are AT_RISK. */
const ACCEPTED_MAX = 100;
export const AT_RISK = 'AT_RISK';
/** Without an answer for so long, a message is sent again with the same id. */
const ANSWER_MS = 10_000;
const RETRY_MS_MIN = 250;
/** Stored much later than usual: whether it still stands in the log is worth a question. */
const STORED_MS = 30_000;
/** Messages without an answer at once. Ten refusals in a row close the connection: fewer than that can be on the way. */
const WINDOW_MAX = 8;

export interface Letter {
  readonly text: string;
  readonly conversation?: string | undefined;
  readonly owner?: string | undefined;
  readonly lane?: LaneName | undefined;
  /** Of an earlier try that failed; keeps a retry from being a second message. */
  readonly id?: string | undefined;
}

class Entry implements Sending {
  readonly id: string;
  readonly text: string;
  readonly lane: LaneName;
  readonly owner: string | undefined;
  readonly bytes: number;
  readonly accepted: Promise<ChatMessage>;
  readonly stored: Promise<void>;
  conversation: string | undefined;
  status: SendStatus = 'sending';
  failure: string | undefined;
  position: Position | undefined;
  /** When it was written to the present connection; 0: not yet. */
  sentAt = 0;
  /** When it was accepted, or last asked after. */
  acceptedAt = 0;
  /** It was accepted before, and the log may have lost it before this epoch. */
  doubtedIn = 0;
  /** The same when it was last written. */
  private writtenIn = 0;
  /** The epoch whose log has it: that of its position, or the one in which the log was seen to have it still. */
  private provedIn = 0;
  resolveAccepted!: (message: ChatMessage) => void;
  resolveStored!: () => void;
  private rejectAccepted!: (error: Error) => void;
  private rejectStored!: (error: Error) => void;

  /** Where the application wants it; the conversation it went to may be gone when it is sent again. */
  readonly letter: Letter;

  constructor(letter: Letter, readonly createdAt: number) {
    this.letter = letter;
    this.id = letter.id ?? newId(createdAt);
    this.text = letter.text;
    this.lane = letter.lane ?? 'PUBLIC';
    this.conversation = letter.conversation;
    this.owner = letter.owner;
    this.bytes = new TextEncoder().encode(letter.text).length;
    this.accepted = new Promise((resolve, reject) => ((this.resolveAccepted = resolve), (this.rejectAccepted = reject)));
    this.stored = new Promise((resolve, reject) => ((this.resolveStored = resolve), (this.rejectStored = reject)));
    // Whoever looks at the status alone is not punished with an unhandled rejection.
    this.accepted.catch(() => {});
    this.stored.catch(() => {});
  }

  written(now: number): void {
    this.sentAt = now;
    this.writtenIn = this.doubtedIn;
  }

  stands(conversation: string, position: Position, now: number): void {
    this.conversation = conversation;
    this.position = position;
    this.status = 'accepted';
    this.acceptedAt = now;
    this.provedIn = Math.max(position.epoch, this.writtenIn);
  }

  /** The log of this epoch has it. */
  isProved(epoch: number): boolean {
    return this.provedIn >= epoch;
  }

  isStored(upTo: Position): boolean {
    return this.isProved(upTo.epoch) && compare(this.position!, upTo) <= 0;
  }

  reject(code: string): void {
    this.rejectAccepted(new SendFailed(code));
    this.rejectStored(new SendFailed(code));
  }
}

/** What was said and is not stored yet. Survives every connection. */
export class Outbox {
  /** In the order written. */
  private readonly waiting = new Map<string, Entry>();
  private readonly accepted = new Map<string, Entry>();
  private pausedUntil = 0;
  private over = false;
  /** How many may be without an answer: one after a refusal, one more with each that is accepted. */
  private window = WINDOW_MAX;

  constructor(
    private readonly transmit: (letter: Letter & { readonly id: string }) => void,
    private readonly changed: (entry: Sending) => void,
    private readonly now: () => number,
  ) {}

  add(letter: Letter): Sending {
    if (this.over) throw new SendFailed('ENDED');
    const known = letter.id && this.get(letter.id);
    if (known) return known;
    const entry = new Entry(letter, this.now());
    let bytes = entry.bytes;
    for (const one of this.waiting.values()) bytes += one.bytes;
    if (this.waiting.size >= WAITING_MAX || bytes > WAITING_BYTES_MAX) throw new SendFailed('OUTBOX_FULL');
    this.waiting.set(entry.id, entry);
    this.changed(entry);
    return entry;
  }

  get(id: string): Sending | undefined {
    return this.waiting.get(id) ?? this.accepted.get(id);
  }

  /** Not accepted yet, in the order written. */
  pending(): Sending[] {
    return [...this.waiting.values()];
  }

  /** Writes what is due, in order, no more unanswered at once than allowed. */
  pump(unansweredMax: number): void {
    const now = this.now();
    if (now < this.pausedUntil) return;
    let unanswered = 0;
    for (const entry of this.waiting.values()) {
      if (++unanswered > Math.min(unansweredMax, this.window)) return;
      if (entry.sentAt && now - entry.sentAt < ANSWER_MS) continue;
      entry.written(now);
      this.transmit({ ...entry.letter, id: entry.id });
    }
  }

  /** A new connection: whatever has no answer is unknown, and goes out again. */
  reconnected(): void {
    this.pausedUntil = 0;
    for (const entry of this.waiting.values()) entry.sentAt = 0;
  }

  /** Returns the message as everybody else sees it; nothing for an id that is not ours. */
  onAccepted(id: string, conversation: string, position: Position, message: (entry: Sending) => ChatMessage, storedUpTo = START): ChatMessage | undefined {
    const entry = this.waiting.get(id);
    if (!entry) return undefined;
    this.waiting.delete(id);
    this.window = Math.min(WINDOW_MAX, this.window + 1);
    entry.stands(conversation, position, this.now());
    const said = message(entry);
    entry.resolveAccepted(said);
    this.accepted.set(id, entry);
    this.changed(entry);
    if (entry.isStored(storedUpTo)) this.store(entry);
    for (const oldest of this.accepted.values()) {
      if (this.accepted.size <= ACCEPTED_MAX) break;
      this.accepted.delete(oldest.id);
      oldest.failure = AT_RISK;
      oldest.reject(AT_RISK);
      this.changed(oldest);
    }
    return said;
  }

  onRefused(id: string, code: string, retryable: boolean, retryAfterMs: number): void {
    const entry = this.waiting.get(id);
    if (!entry) return;
    if (retryable) {
      entry.sentAt = 0;
      // The later ones wait, too: they would arrive before it.
      this.pausedUntil = Math.max(this.pausedUntil, this.now() + Math.max(retryAfterMs, RETRY_MS_MIN));
      // One feels the way: were several on their way when the server can answer again, a later one could be the first it takes.
      this.window = 1;
      return;
    }
    this.fail(entry, code);
  }

  /** Too large for a frame: the connection was closed for it. */
  failLargest(frameBytesMax: number): void {
    for (const entry of this.waiting.values()) if (entry.bytes > frameBytesMax / 2) this.fail(entry, 'TOO_LONG');
  }

  /** Nothing will be sent any more: what waits has failed, and whether the rest is stored stays unknown. */
  end(): void {
    this.over = true;
    for (const entry of this.waiting.values()) this.fail(entry, 'ENDED');
    for (const entry of this.accepted.values()) entry.reject(AT_RISK);
    this.accepted.clear();
  }

  onStored(conversation: string, lane: LaneName, position: Position): void {
    // A position of an earlier epoch compares as lower, and yet may have been lost in the fail-over.
    this.onEpoch(conversation, lane, position.epoch);
    for (const entry of this.of(conversation, lane)) if (entry.isStored(position)) this.store(entry);
  }

  /** A higher epoch: the server may have lost what was not stored. The same ids go out again. */
  onEpoch(conversation: string, lane: LaneName, epoch: number): void {
    this.again(this.of(conversation, lane).filter((entry) => !entry.isProved(epoch)), epoch);
  }

  /** The server has lost the end of this lane, or all of it, whatever its epoch. */
  onLost(conversation: string, lane: LaneName): void {
    this.again(this.of(conversation, lane), 0);
  }

  /** Lanes in which something was accepted long ago and is not stored. Each is named once in a while. */
  overdue(): { conversation: string; lane: LaneName }[] {
    const now = this.now();
    const late = [...this.accepted.values()].filter((entry) => now - entry.acceptedAt >= STORED_MS);
    for (const entry of late) entry.acceptedAt = now;
    return late.map(({ conversation, lane }) => ({ conversation: conversation!, lane }));
  }

  private of(conversation: string, lane: LaneName): Entry[] {
    return [...this.accepted.values()].filter((entry) => entry.conversation === conversation && entry.lane === lane);
  }

  /** Before what was never accepted: it was said before it. */
  private again(entries: readonly Entry[], epoch: number): void {
    if (!entries.length) return;
    const rest = [...this.waiting];
    this.waiting.clear();
    for (const entry of entries) {
      this.accepted.delete(entry.id);
      entry.sentAt = 0;
      entry.doubtedIn = epoch;
      entry.status = 'sending';
      this.waiting.set(entry.id, entry);
    }
    for (const [id, entry] of rest) this.waiting.set(id, entry);
    for (const entry of entries) this.changed(entry);
  }

  private store(entry: Entry): void {
    this.accepted.delete(entry.id);
    entry.status = 'stored';
    entry.resolveStored();
    this.changed(entry);
  }

  private fail(entry: Entry, code: string): void {
    this.waiting.delete(entry.id);
    entry.status = 'failed';
    entry.failure = code;
    entry.reject(code);
    this.changed(entry);
  }
}
