import type { Draft } from '@codec';
import type { ClientFrame } from '@wire';

export type Command = Draft<ClientFrame>;

/** Without an answer for so long, a request is made again. */
const ANSWER_MS = 10_000;
/** One that could not be answered is made again after this time, doubled each time. */
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 4_000;

interface Request {
  readonly command: Command;
  dueAt: number;
  refusals: number;
}

/** What was asked of the server over the present connection and has no answer yet. Each can be asked twice: the answer is the same. */
export class Requests {
  private readonly open = new Map<number, Request>();
  private lastRef = 0;

  constructor(
    private readonly transmit: (frame: Command) => void,
    private readonly now: () => number,
  ) {}

  get size(): number {
    return this.open.size;
  }

  ask(command: Command): void {
    const ref = ++this.lastRef;
    this.open.set(ref, { command, dueAt: this.now() + ANSWER_MS, refusals: 0 });
    this.transmit({ ...command, ref });
  }

  command(ref: number): Command | undefined {
    return this.open.get(ref)?.command;
  }

  /** False: nobody waits for this answer. */
  answered(ref: number): boolean {
    return this.open.delete(ref);
  }

  /** It could not be answered now. Without its answer this page would pass for complete: the question stays open. */
  putOff(ref: number, retryAfterMs: number): void {
    const request = this.open.get(ref);
    if (request) request.dueAt = this.now() + Math.max(retryAfterMs, Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** request.refusals++));
  }

  tick(): void {
    for (const [ref, request] of this.open) {
      if (this.now() < request.dueAt) continue;
      request.dueAt = this.now() + ANSWER_MS;
      this.transmit({ ...request.command, ref });
    }
  }

  /** The connection is another: nothing of this will be answered. */
  clear(): void {
    this.open.clear();
  }
}
