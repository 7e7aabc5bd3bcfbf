import type { Resync } from './types.ts';

/** A fail-over sends everybody to history at once: they go there spread over this time. */
export const SPREAD_MS = 10_000;

/** Lanes that have to be loaded from history, each at the moment that the server or chance has chosen. */
export class Resyncs {
  private readonly waiting = new Map<string, { readonly resync: Resync; readonly at: number }>();

  constructor(private readonly now: () => number) {}

  /** The server may say after how long; 0: it did not. */
  add(resync: Resync, retryAfterMs: number): void {
    const key = resync.conversation + resync.lane;
    const at = this.waiting.get(key)?.at ?? this.now() + (retryAfterMs || Math.random() * SPREAD_MS);
    this.waiting.set(key, { resync, at });
  }

  /** Those whose moment has come, once. */
  due(): Resync[] {
    const due = [...this.waiting].filter(([, { at }]) => at <= this.now());
    for (const [key] of due) this.waiting.delete(key);
    return due.map(([, { resync }]) => resync);
  }
}
