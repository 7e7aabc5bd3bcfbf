import { decode, encode } from '@codec';
import type { Draft } from '@codec';
import { ClientFrameTable, ServerFrameTable } from '@wire';
import type { ClientFrame, ServerFrame } from '@wire';

const SUBPROTOCOL = 'switchboard.v1';
/** From the handshake to Welcome. */
const OPENING_MS_MAX = 15_000;
/** The network is gone by the browser's word: how long a live connection has to disprove it. */
const PROOF_MS = 5_000;

/** A connection ended: the code of the protocol, 1006 for silence and everything without one. */
export interface Closed {
  readonly code: number;
  readonly welcomed: boolean;
  readonly openMs: number;
}

/** One WebSocket, from its handshake to its end. It ends once, and says nothing afterwards. */
export class Link {
  private readonly socket: WebSocket;
  private readonly openedAt: number;
  private welcomed = false;
  private lastHeard: number;
  private pingAt = 0;
  private pingLimit = 0;
  private ended = false;

  constructor(
    url: string,
    private readonly onFrame: (frame: ServerFrame) => void,
    private readonly onEnd: (closed: Closed) => void,
    private readonly now: () => number,
  ) {
    this.openedAt = this.lastHeard = now();
    this.socket = new WebSocket(url, SUBPROTOCOL);
    this.socket.binaryType = 'arraybuffer';
    this.socket.onmessage = (event) => this.heard(event.data);
    this.socket.onclose = (event) => this.end(event.code);
  }

  send(frame: Draft<ClientFrame>): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(encode(ClientFrameTable, frame) as Uint8Array<ArrayBuffer>);
  }

  /** Once a second: asks after silence, and gives up when nothing comes. */
  tick(pingIntervalMs: number, silenceMaxMs: number): void {
    const now = this.now();
    if (!this.welcomed) {
      if (now - this.openedAt > OPENING_MS_MAX) this.giveUp();
    } else if (this.pingAt) {
      // Counted from the question: a hidden page's clock ticks once a minute.
      if (now - this.pingAt >= this.pingLimit) this.giveUp();
    } else if (now - this.lastHeard >= pingIntervalMs) {
      this.ping(silenceMaxMs - pingIntervalMs);
    }
  }

  /** Asks whether anybody is there. */
  prove(): void {
    if (this.welcomed) this.ping(PROOF_MS);
  }

  close(): void {
    this.ended = true;
    this.socket.close(1000);
  }

  private ping(limitMs: number): void {
    if (!this.pingAt || limitMs < this.pingLimit) {
      this.pingAt = this.now();
      this.pingLimit = Math.max(limitMs, PROOF_MS);
      this.send({ ping: {} });
    }
  }

  private heard(data: unknown): void {
    if (this.ended) return;
    this.lastHeard = this.now();
    this.pingAt = 0;
    let frame: ServerFrame;
    try {
      frame = decode(ServerFrameTable, new Uint8Array(data as ArrayBuffer));
    } catch (error) {
      reportError(error);
      return;
    }
    if (frame.welcome) this.welcomed = true;
    this.onFrame(frame);
  }

  /** The closing handshake of a dead connection takes minutes: it is not waited for. */
  private giveUp(): void {
    this.socket.close();
    this.end(1006);
  }

  private end(code: number): void {
    if (this.ended) return;
    this.ended = true;
    this.onEnd({ code, welcomed: this.welcomed, openMs: this.now() - this.openedAt });
  }
}
