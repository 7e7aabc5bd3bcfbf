const FIRST_MS = 500;
const LAST_MS = 30_000;
/** A connection that lasted so long was a good one. */
const GOOD_MS = 60_000;
/** After 4029. */
const TOO_FAST_MS = 60_000;

/** What the end of a connection asks for. */
export type Verdict = 'retry' | 'slow' | 'sign-in' | 'too-large' | 'replaced' | 'forbidden' | 'protocol';

export function verdict(code: number): Verdict {
  switch (code) {
    case 1002:
    case 1003:
    case 1007:
    case 1008:
      return 'protocol';
    case 1009:
      return 'too-large';
    case 4001:
      return 'sign-in';
    case 4003:
      return 'forbidden';
    case 4009:
      return 'replaced';
    case 4029:
      return 'slow';
    default:
      return 'retry';
  }
}

/** How long to wait, and whether that is the server's wish, which no impatience overrides. */
export interface Wait {
  readonly ms: number;
  readonly asked: boolean;
}

/** How long to wait: doubled each time, and never the same for two clients. */
export class Backoff {
  private next = FIRST_MS;
  private asked: number | undefined;

  /** The server says when to come back. */
  goingAway(reconnectAfterMs: number): void {
    this.asked = reconnectAfterMs;
  }

  after(verdict: Verdict, openMs: number): Wait {
    if (openMs >= GOOD_MS) this.next = FIRST_MS;
    if (verdict === 'slow') return { ms: TOO_FAST_MS, asked: true };
    const asked = this.asked;
    this.asked = undefined;
    if (asked !== undefined) return { ms: asked, asked: true };
    const wait = this.next * (0.5 + Math.random() / 2);
    this.next = Math.min(LAST_MS, this.next * 2);
    return { ms: wait, asked: false };
  }
}
