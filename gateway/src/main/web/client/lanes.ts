import { compare, START } from './types.ts';
import type { ChatMessage, HeadState, LaneName, Position } from './types.ts';

/** Lanes that are followed by position, the most recent ones; one Resume can name as many. */
const LANES_MAX = 200;
/** Messages beyond a hole that one lane keeps; beyond it they are asked for again. */
const HELD_MAX = 500;
/** Frames may overtake each other by this much; a hole that lasts longer is asked for. */
export const HOLE_MS = 500;
/** A hole that an answer did not fill is asked for again after this time, doubled each time. */
const AGAIN_MS_MIN = 2_500;
const AGAIN_MS_MAX = 20_000;

interface Lane {
  readonly conversation: string;
  readonly lane: LaneName;
  /** Everything up to here was delivered, or is the application's to load. */
  at: Position;
  /** The furthest that was told of. */
  head: Position;
  /** The server told of less than what is here: it may have lost its end. */
  doubted: boolean;
  stored: Position;
  /** What can't be delivered yet, by seq. */
  readonly held: Map<number, ChatMessage>;
  /** The lowest seq that found no room there; 0: all did. */
  turnedAway: number;
  /** When to ask for what lacks; 0: nothing does. */
  askAt: number;
  /** Questions since the last message. */
  asked: number;
}

/** Where one stands in a lane, as a Resume says it. */
export interface Standing {
  readonly conversation: string;
  readonly lane: LaneName;
  readonly at: Position;
}

/** What a head is part of. */
export interface Answer {
  readonly resyncRequired: boolean;
  /** A lane to be followed from here on, if it is new. */
  readonly known: boolean;
  /** The server was told where this lane stands, and has sent what follows: all of it, if it is complete. */
  readonly answered: boolean;
  readonly complete: boolean;
  /** Where an answer ends that is not complete: what lacks up to there is void. */
  readonly through?: Position;
}

const later = (a: Position, b: Position): Position => (compare(a, b) >= 0 ? a : b);

/** The same epoch and the next number; the very first needs no epoch. Where the epoch rose, a message between may have been lost. */
const isNext = (at: Position, { epoch, seq }: Position): boolean => seq === at.seq + 1 && (epoch === at.epoch || !at.seq);

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
    lane.head = later(lane.head, message.position);
    const held = lane.held.get(seq);
    if (isNext(lane.at, message.position)) this.advance(lane, message);
    else if (held ? held.position.epoch < epoch : lane.held.size < HELD_MAX) lane.held.set(seq, message);
    else if (!held) lane.turnedAway = Math.min(lane.turnedAway || seq, seq);
    this.settle(lane);
  }

  /** The server has sent all there is up to here: no message will come under the numbers that lack. */
  private passOver(lane: Lane, through: Position): void {
    const room = lane.turnedAway || Infinity;
    const sent = [...lane.held.values()].filter(({ position }) => compare(position, through) <= 0 && position.seq < room);
    for (const message of sent.sort((a, b) => compare(a.position, b.position))) if (compare(message.position, lane.at) > 0) this.advance(lane, message);
    if (through.seq < room) lane.at = later(lane.at, through);
  }

  /** Delivers what has waited for its turn, drops what came by another way, and notes whether something lacks. */
  private settle(lane: Lane, vouched = START): void {
    for (let next; (next = lane.held.get(lane.at.seq + 1)); ) {
      const { position } = next;
      const sure = isNext(lane.at, position) || (compare(position, vouched) <= 0 && compare(position, lane.at) > 0);
      if (!sure) break;
      this.advance(lane, next);
    }
    for (const [seq, { position }] of lane.held) if (compare(position, lane.at) <= 0) lane.held.delete(seq);
    if (lane.held.size || lane.doubted || compare(lane.at, lane.head) < 0) lane.askAt ||= this.now() + HOLE_MS;
    else lane.askAt = lane.asked = 0;
  }

  private advance(lane: Lane, message: ChatMessage): void {
    lane.at = message.position;
    lane.asked = 0;
    this.deliver(message);
  }

  /** Where a lane stands by the server's word. False: it has to be loaded anew, and counts as loaded up to there. */
  head(head: HeadState, answer: Answer): boolean {
    if (!answer.known && !this.has(head.conversation, head.lane)) return true;
    const { position } = head;
    const lane = this.lane(head.conversation, head.lane, position);
    if (answer.resyncRequired) {
      lane.at = lane.head = position;
      lane.held.clear();
      lane.turnedAway = 0;
      lane.doubted = false;
    } else if (answer.answered) {
      lane.doubted = false;
      // Whoever knew where this lane stands vouches for what follows, across epochs as well.
      this.settle(lane, position);
      this.passOver(lane, answer.complete ? position : (answer.through ?? START));
      if (answer.complete) {
        // What was told of before and isn't there any more was lost, and no question brings it back.
        lane.head = position;
      } else lane.head = later(lane.head, position);
    } else {
      lane.head = later(lane.head, position);
      lane.doubted = compare(position, lane.at) < 0;
    }
    this.settle(lane);
    return !answer.resyncRequired;
  }

  /** Something should have been heard of this lane: asks how it stands. */
  doubt(conversation: string, lane: LaneName): void {
    const known = this.lanes.get(conversation + lane);
    if (!known) return;
    known.doubted = true;
    this.settle(known);
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

  storedUpTo(conversation: string, lane: LaneName): Position {
    return this.lanes.get(conversation + lane)?.stored ?? START;
  }

  /** Where the lanes stand whose holes are due to be asked for, all of them, or those named. The question counts as asked. */
  ask(which: 'holes' | 'all' | ReadonlySet<string>): Standing[] {
    const now = this.now();
    const asked = [...this.lanes].filter(([key, { askAt }]) => (which === 'holes' ? askAt && askAt <= now : which === 'all' || which.has(key)));
    return asked.map(([, lane]) => {
      // Whatever found no room comes again with the answer.
      lane.turnedAway = 0;
      if (lane.askAt) lane.askAt = now + Math.min(AGAIN_MS_MAX, AGAIN_MS_MIN * 2 ** lane.asked++);
      const { conversation, lane: name, at } = lane;
      return { conversation, lane: name, at };
    });
  }

  /** The server can't say now what lacks here, and when to ask again. */
  putOff(conversation: string, lane: LaneName, ms: number): void {
    const known = this.lanes.get(conversation + lane);
    if (known) known.askAt = this.now() + ms;
  }

  /** The server knows nothing of this lane. */
  drop(conversation: string, lane: LaneName): void {
    this.lanes.delete(conversation + lane);
  }

  forget(): void {
    this.lanes.clear();
  }

  private lane(conversation: string, lane: LaneName, at: Position): Lane {
    const key = conversation + lane;
    const found: Lane = this.lanes.get(key) ?? { conversation, lane, at, head: at, doubted: false, stored: START, held: new Map(), turnedAway: 0, askAt: 0, asked: 0 };
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
