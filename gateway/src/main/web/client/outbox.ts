import { newId } from './ids.ts';
import { compare, SendFailed } from './types.ts';
import type { ChatMessage, LaneName, Position, Sending, SendStatus } from './types.ts';

/** Messages that are not accepted yet, at most; beyond it send() throws OUTBOX_FULL. */
const WAITING_MAX = 100;
const WAITING_BYTES_MAX = 1024 * 1024;
/** Accepted ones that are watched until they are stored; the oldest beyond it are AT_RISK. */
const ACCEPTED_MAX = 100;
/** Without an answer for so long, a message is sent again with the same id. */
const ANSWER_MS = 10_000;
const RETRY_MS_MIN = 250;
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
  resolveAccepted!: (message: ChatMessage) => void;
  resolveStored!: () => void;
  private rejectAccepted!: (error: Error) => void;
  private rejectStored!: (error: Error) => void;

  constructor(letter: Letter, readonly createdAt: number) {
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
  /** How many may be without an answer: one after a refusal for speed, one more with each that is accepted. */
  private window = WINDOW_MAX;

  constructor(
    private readonly transmit: (entry: Sending) => void,
    private readonly changed: (entry: Sending) => void,
    private readonly now: () => number,
  ) {}

  add(letter: Letter): Sending {
    if (this.over) throw new SendFailed('ENDED');
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
      entry.sentAt = now;
      this.transmit(entry);
    }
  }

  /** A new connection: whatever has no answer is unknown, and goes out again. */
  reconnected(): void {
    this.pausedUntil = 0;
    for (const entry of this.waiting.values()) entry.sentAt = 0;
  }

  /** Returns the message as everybody else sees it; nothing for an id that is not ours. */
  onAccepted(id: string, conversation: string, position: Position, message: (entry: Sending) => ChatMessage, isStored: boolean): ChatMessage | undefined {
    const entry = this.waiting.get(id);
    if (!entry) return undefined;
    this.waiting.delete(id);
    this.window = Math.min(WINDOW_MAX, this.window + 1);
    entry.conversation = conversation;
    entry.position = position;
    entry.status = 'accepted';
    const said = message(entry);
    entry.resolveAccepted(said);
    this.accepted.set(id, entry);
    this.changed(entry);
    if (isStored) this.store(entry);
    for (const oldest of this.accepted.values()) {
      if (this.accepted.size <= ACCEPTED_MAX) break;
      this.accepted.delete(oldest.id);
      oldest.failure = 'AT_RISK';
      oldest.reject('AT_RISK');
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
      if (code === 'RATE_LIMITED') this.window = 1;
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
    for (const entry of this.accepted.values()) entry.reject('AT_RISK');
    this.accepted.clear();
  }

  onStored(conversation: string, lane: LaneName, position: Position): void {
    // A position of an earlier epoch compares as lower, and yet may have been lost in the fail-over.
    this.onEpoch(conversation, lane, position.epoch);
    for (const entry of this.accepted.values()) {
      if (entry.conversation === conversation && entry.lane === lane && compare(entry.position!, position) <= 0) this.store(entry);
    }
  }

  /** A higher epoch: the server may have lost what was not stored. The same ids go out again. */
  onEpoch(conversation: string, lane: LaneName, epoch: number): void {
    for (const entry of this.accepted.values()) {
      if (entry.conversation === conversation && entry.lane === lane && entry.position!.epoch < epoch) {
        this.accepted.delete(entry.id);
        entry.sentAt = 0;
        this.waiting.set(entry.id, entry);
      }
    }
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
