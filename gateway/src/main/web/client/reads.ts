import { compare } from './types.ts';
import type { Position } from './types.ts';

const INTERVAL_MS = 1_000;
/** Conversations whose last mark is kept to be said again after a reconnect. */
const MARKS_MAX = 50;

interface Mark {
  at: Position;
  sent: boolean;
  sentAt: number;
}

/** How far one has read: the highest position of each conversation, sent at most once a second. Nothing answers a mark, so each new connection hears it again. */
export class ReadMarks {
  private readonly marks = new Map<string, Mark>();

  constructor(
    private readonly transmit: (conversation: string, at: Position) => void,
    private readonly now: () => number,
  ) {}

  mark(conversation: string, at: Position): void {
    const known = this.marks.get(conversation);
    if (known && compare(at, known.at) <= 0) return;
    this.marks.delete(conversation);
    this.marks.set(conversation, { at, sent: false, sentAt: known?.sentAt ?? 0 });
    for (const [oldest, { sent }] of this.marks) {
      if (this.marks.size <= MARKS_MAX) break;
      if (sent) this.marks.delete(oldest);
    }
  }

  flush(): void {
    const now = this.now();
    for (const [conversation, mark] of this.marks) {
      if (!mark.sent && now - mark.sentAt >= INTERVAL_MS) {
        mark.sent = true;
        mark.sentAt = now;
        this.transmit(conversation, mark.at);
      }
    }
  }

  reconnected(): void {
    for (const mark of this.marks.values()) mark.sent = false;
  }
}
