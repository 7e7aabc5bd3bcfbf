import { decode, encode } from '@codec';
import type { Draft } from '@codec';
import { ClientFrameTable, ServerFrameTable } from '@wire';
import type { ClientFrame, ServerFrame } from '@wire';

/** What the browser gives a page, without a network and with a clock that a test steps. One of each for a file of tests. */

type Timer = { at: number; readonly every: number; readonly run: () => void };

/** Time stands still until a test lets it pass. */
export class FakeTime {
  now = 1_700_000_000_000;
  /** What Math.random says. */
  chance = 0.5;
  private readonly timers = new Map<number, Timer>();
  private last = 0;

  install(): this {
    const add = (run: () => void, ms: number, every: number): number => {
      this.timers.set(++this.last, { at: this.now + ms, every, run });
      return this.last;
    };
    Date.now = () => this.now;
    Math.random = () => this.chance;
    Object.assign(globalThis, {
      setInterval: (run: () => void, ms: number) => add(run, ms, ms),
      setTimeout: (run: () => void, ms = 0) => add(run, ms, 0),
      clearInterval: (id: number) => this.timers.delete(id),
      clearTimeout: (id: number) => this.timers.delete(id),
    });
    return this;
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [next] = [...this.timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
      if (!next) break;
      const [id, timer] = next;
      this.now = timer.at;
      if (timer.every) timer.at += timer.every;
      else this.timers.delete(id);
      timer.run();
    }
    this.now = end;
  }
}

/** A socket whose other end is the test. */
export class Wire {
  static readonly OPEN = 1;
  static readonly all: Wire[] = [];
  readyState = 1;
  readonly said: ClientFrame[] = [];
  binaryType = '';
  onmessage: (event: { data: ArrayBuffer }) => void = () => {};
  onclose: (event: { code: number }) => void = () => {};

  constructor(readonly url: string) {
    Wire.all.push(this);
  }

  static get last(): Wire {
    return Wire.all.at(-1)!;
  }

  send(bytes: Uint8Array): void {
    this.said.push(decode(ClientFrameTable, bytes));
  }

  close(): void {
    this.readyState = 3;
  }

  says(frame: Draft<ServerFrame>): void {
    this.onmessage({ data: encode(ServerFrameTable, frame).slice().buffer as ArrayBuffer });
  }

  /** The connection ends. */
  ends(code: number): void {
    this.readyState = 3;
    this.onclose({ code });
  }

  /** What the client has said of one kind, since the test last took it. */
  take<K extends keyof ClientFrame>(kind: K): { ref: number; frame: NonNullable<ClientFrame[K]> }[] {
    const taken = this.said.filter((frame) => frame[kind]);
    for (const frame of taken) this.said.splice(this.said.indexOf(frame), 1);
    return taken.map((frame) => ({ ref: frame.ref, frame: frame[kind] as NonNullable<ClientFrame[K]> }));
  }

  /** The same of the only one. */
  one<K extends keyof ClientFrame>(kind: K): { ref: number; frame: NonNullable<ClientFrame[K]> } {
    const [first, ...more] = this.take(kind);
    if (!first || more.length) throw new Error(`expected one ${kind}, was ${more.length + (first ? 1 : 0)}`);
    return first;
  }
}

/** What an HTTP request is answered; nothing: the network is gone. */
export const http: { answer: (() => Response) | undefined } = { answer: undefined };

const reallyLater = setTimeout;

/** Whatever was answered has been read. */
export function settle(): Promise<void> {
  return new Promise((done) => reallyLater(done, 5));
}

export function installPage(): FakeTime {
  Object.assign(globalThis, {
    WebSocket: Wire,
    fetch: () => (http.answer ? Promise.resolve(http.answer()) : Promise.reject(new TypeError('no network'))),
  });
  Object.defineProperty(globalThis, 'location', { value: { href: 'http://chat.example/soporte' }, configurable: true });
  return new FakeTime().install();
}
