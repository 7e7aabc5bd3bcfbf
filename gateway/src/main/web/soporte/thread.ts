import { compare } from '../client/index.ts';
import type { ChatMessage, HeadState, Position, Sending, SendStatus } from '../client/index.ts';
import type { Conversation, History } from './api.ts';

/** What can be said of a message of one's own. */
export type Status = SendStatus | 'read' | 'risk';

/** One line of a conversation: said, or still on its way. */
export interface Item {
  readonly key: string;
  readonly sender: string;
  readonly fromStaff: boolean;
  readonly text: string;
  readonly time: number;
  message: ChatMessage | undefined;
  sending: Sending | undefined;
}

interface Marks {
  head: Position;
  stored: Position;
  ownerRead: Position;
  staffRead: Position;
  before: string | null;
  loaded: boolean;
  /** What is here may not be so any more: the next page takes its place. */
  lost: boolean;
}

const NOWHERE: Position = { epoch: 0, seq: 0 };
const later = (a: Position, b: Position): Position => (compare(a, b) >= 0 ? a : b);

/** Everything between one user and support: their conversations, the newest last, and what was said in them. */
export class Thread {
  unread = 0;
  lastAt = 0;
  preview = '';
  /** Opened before, on this page. */
  seenOnce = false;
  stale = true;
  loading = false;
  failed = false;
  partial = false;
  private readonly items = new Map<string, Item>();
  /** By conversation. Their ids are UUIDv7: in the order of their beginning. */
  private readonly marks = new Map<string, Marks>();
  private sorted: Item[] | undefined;

  constructor(
    readonly owner: string,
    private readonly staffSide: boolean,
  ) {}

  /** In order; what is not accepted yet stands last, in the order written. */
  list(): readonly Item[] {
    return (this.sorted ??= [...this.items.values()].sort(order));
  }

  has(key: string): boolean {
    return this.items.has(key);
  }

  conversations(): string[] {
    return [...this.marks.keys()].sort();
  }

  /** Nothing is known that this head stands behind. */
  reaches(head: HeadState): boolean {
    const marks = this.marks.get(head.conversation);
    return marks !== undefined && compare(marks.head, head.position) >= 0;
  }

  /** The line that the list shows of a conversation; the list itself is ordered by time. */
  summary(from: Conversation): void {
    const marks = this.marksOf(from.id);
    marks.head = later(marks.head, from.head);
    marks.stored = later(marks.stored, from.stored);
    marks.ownerRead = later(marks.ownerRead, from.ownerRead);
    marks.staffRead = later(marks.staffRead, from.staffRead);
    if (from.lastMessageAt >= this.lastAt) {
      this.lastAt = from.lastMessageAt;
      this.preview = from.lastMessage?.text ?? this.preview;
      this.unread = from.unread;
    }
  }

  /** A page of history: the newest one, or the one before what is here. Returns how many lines are new. */
  page(conversation: string, page: History, newest: boolean): number {
    const first = page.messages[0];
    const last = this.list().findLast((item) => item.message?.conversation === conversation)?.message;
    const marks = this.marksOf(conversation);
    // More was missed than one page holds: what is here has a hole after it.
    const hasHole = newest && first && last && first.position.seq > last.position.seq + 1;
    if (hasHole || (newest && marks.lost)) {
      const { stale } = this;
      this.forget(conversation);
      this.stale = stale;
    }
    if (!newest || !marks.loaded) marks.before = page.before;
    marks.loaded = true;
    marks.head = later(marks.head, page.head);
    marks.stored = later(marks.stored, page.stored);
    const size = this.items.size;
    page.messages.forEach((message) => this.add(message));
    return this.items.size - size;
  }

  /** False: it was there already. */
  add(message: ChatMessage): boolean {
    const key = keyOf(message.sender, message.clientMsgId);
    const known = this.items.get(key);
    if (known?.message && !replaces(message.position, known.message.position)) return false;
    this.items.set(key, {
      key,
      sender: message.sender,
      fromStaff: message.senderRole === 'ADMIN',
      text: message.text,
      time: message.time,
      message,
      sending: known?.sending,
    });
    this.sorted = undefined;
    const marks = this.marksOf(message.conversation);
    marks.head = later(marks.head, message.position);
    if (message.time >= this.lastAt) {
      this.lastAt = message.time;
      this.preview = message.text;
    }
    return known?.message === undefined;
  }

  send(sender: string, sending: Sending): void {
    const key = keyOf(sender, sending.id);
    const known = this.items.get(key);
    if (known) {
      known.sending = sending;
    } else {
      this.items.set(key, { key, sender, fromStaff: this.staffSide, text: sending.text, time: sending.createdAt, message: undefined, sending });
      this.sorted = undefined;
    }
  }

  status(item: Item): Status {
    const { message, sending } = item;
    if (!message) return sending?.status === 'accepted' && sending.failure ? 'risk' : (sending?.status ?? 'sending');
    if (sending?.status === 'sending') return 'sending';
    const marks = this.marksOf(message.conversation);
    const read = this.staffSide ? marks.ownerRead : marks.staffRead;
    if (compare(message.position, read) <= 0) return 'read';
    return compare(message.position, marks.stored) <= 0 ? 'stored' : 'accepted';
  }

  stored(conversation: string, position: Position): void {
    const marks = this.marks.get(conversation);
    if (marks) marks.stored = later(marks.stored, position);
  }

  readBy(staff: boolean, conversation: string, position: Position): void {
    const marks = this.marks.get(conversation);
    if (!marks) return;
    if (staff) marks.staffRead = later(marks.staffRead, position);
    else marks.ownerRead = later(marks.ownerRead, position);
    if (staff === this.staffSide) this.unread = Math.min(this.unread, Math.max(0, marks.head.seq - position.seq));
  }

  /** The newest thing said, to be marked as read. */
  newest(): { conversation: string; position: Position } | undefined {
    const last = this.list().findLast((item) => item.message)?.message;
    return last && { conversation: last.conversation, position: last.position };
  }

  /** The server has lost the end of it: what it still has takes the place of what is here. */
  lose(conversation: string): void {
    this.marksOf(conversation).lost = true;
    // Only the newest one is loaded by itself.
    if (conversation !== this.conversations().at(-1)) this.forget(conversation);
    this.stale = true;
  }

  /** Everything of it comes anew, but what this page alone may have. */
  forget(conversation: string): void {
    const marks = this.marksOf(conversation);
    for (const [key, item] of this.items) {
      if (item.message?.conversation !== conversation) continue;
      if (item.sending?.status === 'sending' || (marks.lost && isAtRisk(item, marks.stored))) item.message = undefined;
      else this.items.delete(key);
    }
    marks.lost = false;
    marks.before = null;
    marks.loaded = false;
    this.sorted = undefined;
    this.stale = true;
  }

  /** There is no such conversation any more. */
  drop(conversation: string): void {
    this.marksOf(conversation).lost = true;
    this.forget(conversation);
    this.marks.delete(conversation);
  }

  /** What to load next towards the beginning; nothing when all is there. */
  older(): { conversation: string; before: string | null } | undefined {
    for (const conversation of this.conversations().reverse()) {
      const marks = this.marksOf(conversation);
      if (!marks.loaded) return { conversation, before: null };
      if (marks.before) return { conversation, before: marks.before };
    }
    return undefined;
  }

  private marksOf(conversation: string): Marks {
    let marks = this.marks.get(conversation);
    if (!marks) {
      marks = { head: NOWHERE, stored: NOWHERE, ownerRead: NOWHERE, staffRead: NOWHERE, before: null, loaded: false, lost: false };
      this.marks.set(conversation, marks);
    }
    return marks;
  }
}

export function keyOf(sender: string, clientMsgId: string): string {
  return clientMsgId + sender;
}

/** Said twice, what stands in a new epoch counts, because the other may have been lost; within one epoch the first does. */
function replaces(one: Position, other: Position): boolean {
  return one.epoch === other.epoch ? one.seq < other.seq : one.epoch > other.epoch;
}

/** Nobody will send it again, and it is not known to be stored: a watermark of another epoch says nothing of it. */
function isAtRisk({ message, sending }: Item, stored: Position): boolean {
  const { epoch, seq } = message!.position;
  return sending?.status === 'accepted' && sending.failure !== undefined && (stored.epoch !== epoch || stored.seq < seq);
}

function order(a: Item, b: Item): number {
  if (!a.message || !b.message) {
    if (a.message) return -1;
    if (b.message) return 1;
    return a.key < b.key ? -1 : 1;
  }
  if (a.message.conversation !== b.message.conversation) return a.message.conversation < b.message.conversation ? -1 : 1;
  return compare(a.message.position, b.message.position);
}
