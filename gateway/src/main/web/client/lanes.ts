import { compare, START } from './types.ts';
import type { ChatMessage, HeadState, LaneName, Position } from './types.ts';

/** Lanes that are followed by position, the most recent ones; one Resume can name as many. */
const LANES_MAX = 200;
/** Messages beyond a hole that one lane keeps; beyond it they are asked for again. */
const HELD_MAX = 500;
/** Frames may overtake each other by this much; a hole that lasts longer is asked for. */
export const HOLE_MS = 500;

interface Lane {
  readonly conversation: string;
  readonly lane: LaneName;
  /** Everything up to here was delivered, or is the application's to load. */
  at: Position;
  stored: Position;
  readonly held: Map<number, ChatMessage>;
  /** Since when something lacks; 0: nothing does. */
  holeSince: number;
}

/** Puts messages in order: each once, by position, without holes. */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();

  constructor(
    private readonly deliver: (message: ChatMessage) => void,
    private readonly now: () => number,
  ) {}

  /** A message from anywhere: live, a resume, the answer to one's own. */
  place(message: ChatMessage): void {
    const { epoch, seq } = message.position;
    // In a lane that is new to us, what was said before is the application's to load.
    const lane = this.lane(message.conversation, message.lane, { epoch, seq: seq - 1 });
    if (compare(message.position, lane.at) <= 0) return;
    if (seq !== lane.at.seq + 1) {
      lane.holeSince ||= this.now();
      if (lane.held.size < HELD_MAX) lane.held.set(seq, message);
      return;
    }
    this.advance(lane, message);
    this.settle(lane);
  }

  /** Delivers what has waited for its turn, and drops what came by another way. */
  private settle(lane: Lane): void {
    for (let next; (next = lane.held.get(lane.at.seq + 1)); ) this.advance(lane, next);
    for (const [seq] of lane.held) if (seq <= lane.at.seq) lane.held.delete(seq);
    if (!lane.held.size) lane.holeSince = 0;
  }

  private advance(lane: Lane, message: ChatMessage): void {
    lane.at = message.position;
    this.deliver(message);
  }

  /** Where a lane stands by the server's word. False: it has to be loaded anew, and counts as loaded up to there. */
  head(head: HeadState, answer: { resyncRequired: boolean; known: boolean; complete: boolean }): boolean {
    if (!answer.known && !this.lanes.has(head.conversation + head.lane)) return true;
    const lane = this.lane(head.conversation, head.lane, head.position);
    if (answer.resyncRequired) {
      lane.at = head.position;
      lane.held.clear();
      lane.holeSince = 0;
      return false;
    }
    if (compare(head.position, lane.at) > 0) {
      // Only the epoch rose, and nothing was lost: so says the answer to where this lane stood, and nothing else does. The same seq
      // may be another message by now.
      if (answer.complete && head.position.seq === lane.at.seq && !lane.held.size) lane.at = head.position;
      else lane.holeSince ||= this.now();
    } else if (!lane.held.size) lane.holeSince = 0;
    return true;
  }

  /** The application has this lane up to here, or starts to follow it here. */
  follow(conversation: string, lane: LaneName, at: Position): void {
    const known = this.lane(conversation, lane, at);
    if (compare(at, known.at) > 0) {
      known.at = at;
      this.settle(known);
    }
  }

  /** A lane of one's own that began elsewhere: all of it lacks. */
  expect(head: HeadState): void {
    this.lane(head.conversation, head.lane, START);
  }

  has(conversation: string, lane: LaneName): boolean {
    return this.lanes.has(conversation + lane);
  }

  /** False: nothing new. */
  stored(conversation: string, lane: LaneName, position: Position): boolean {
    const known = this.lanes.get(conversation + lane);
    if (!known || compare(position, known.stored) <= 0) return false;
    known.stored = position;
    return true;
  }

  isStored(conversation: string, lane: LaneName, position: Position): boolean {
    const known = this.lanes.get(conversation + lane);
    return known !== undefined && compare(position, known.stored) <= 0;
  }

  /** Where every lane stands, or those with a hole that is old enough. */
  positions(onlyHoles: boolean): { conversation: string; lane: LaneName; at: Position }[] {
    const due = this.now() - HOLE_MS;
    return [...this.lanes.values()]
      .filter((lane) => !onlyHoles || (lane.holeSince > 0 && lane.holeSince <= due))
      .map(({ conversation, lane, at }) => ({ conversation, lane, at }));
  }

  /** The question was asked: don't ask again at once. */
  asked(): void {
    for (const lane of this.lanes.values()) if (lane.holeSince) lane.holeSince = this.now() + 4 * HOLE_MS;
  }

  forget(): void {
    this.lanes.clear();
  }

  private lane(conversation: string, lane: LaneName, at: Position): Lane {
    const key = conversation + lane;
    const found: Lane = this.lanes.get(key) ?? { conversation, lane, at, stored: START, held: new Map(), holeSince: 0 };
    // The most recently used one stands last.
    this.lanes.delete(key);
    this.lanes.set(key, found);
    if (this.lanes.size > LANES_MAX) {
      for (const oldest of this.lanes.keys()) {
        this.lanes.delete(oldest);
        break;
      }
    }
    return found;
  }
}
