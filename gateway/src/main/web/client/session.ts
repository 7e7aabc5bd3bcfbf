import type { State } from './types.ts';

/** Who the cookie speaks for: the part of the protocol that goes over HTTP. */

export interface SessionAnswer {
  readonly user: string;
  readonly expiresAt: number;
}

/** Headers that every change of state needs when a cookie signs it. */
export const CHANGE_HEADERS = { 'Content-Type': 'application/json', 'X-Switchboard': '1' };
const ANSWER_MS_MAX = 10_000;
/** How long before its end a session is looked after. */
const EXPIRY_NOTICE_MS = 90_000;
const EXPIRY_LOOK_MS = 5_000;
/** How often an abandoned page looks whether somebody has signed in. */
const SIGN_IN_LOOK_MS_MIN = 4_000;
const SIGN_IN_LOOK_MS_MAX = 60_000;

export class SessionApi {
  /** @param base of the gateway, such as https://chat.example */
  constructor(private readonly base: string) {}

  /** The session, `null` if nobody is signed in, `undefined` if that can't be told now. */
  async look(): Promise<SessionAnswer | null | undefined> {
    return this.ask('/api/v1/session', {});
  }

  /** The cookie is newer than the connection: until when the connection lasts now. */
  async extend(connection: string): Promise<number | undefined> {
    const answer = await this.ask('/api/v1/session/extend', {
      method: 'POST',
      headers: CHANGE_HEADERS,
      body: JSON.stringify({ connection }),
    });
    return answer?.expiresAt;
  }

  private async ask(path: string, init: RequestInit): Promise<SessionAnswer | null | undefined> {
    try {
      const answer = await fetch(this.base + path, {
        credentials: 'include',
        cache: 'no-store',
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
        ...init,
      });
      if (answer.status === 401) return null;
      return answer.ok ? ((await answer.json()) as SessionAnswer) : undefined;
    } catch {
      // No network, or something between that answers in place of the server.
      return undefined;
    }
  }
}

/** What a {@link SessionWatch} sees of its client, and does to it. */
export interface Watched {
  state(): State;
  serverTime(): number;
  /** Who was welcomed here. */
  user(): string | undefined;
  /** The gateway to ask, such as https://chat.example */
  base(): string;
  signedIn(): void;
  signedOut(): void;
  otherUser(): void;
  expiring(at: number): void;
  extended(until: number): void;
}

/** Looks whether somebody is signed in where the connection can't tell, and renews the connection before its session ends. */
export class SessionWatch {
  private expiresAt = Infinity;
  private connection = '';
  private nextLook = 0;
  private lookWait = SIGN_IN_LOOK_MS_MIN;
  private looking = false;

  constructor(
    private readonly client: Watched,
    private readonly now: () => number,
  ) {}

  welcomed(connection: string, expiresAt: number): void {
    this.connection = connection;
    this.expiresAt = expiresAt;
    this.nextLook = 0;
    this.lookWait = SIGN_IN_LOOK_MS_MIN;
  }

  hurry(): void {
    this.nextLook = 0;
  }

  tick(): void {
    const { phase } = this.client.state();
    if (this.now() >= this.nextLook && (phase === 'unauthenticated' || (phase === 'open' && this.endsSoon))) void this.look();
  }

  private get endsSoon(): boolean {
    return this.expiresAt - this.client.serverTime() < EXPIRY_NOTICE_MS;
  }

  /** Asks who the cookie speaks for, and acts on it. */
  async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    const { client } = this;
    const api = new SessionApi(client.base());
    const session = await api.look();
    this.looking = false;
    const { phase } = client.state();
    if (phase === 'ended') return;
    if (phase === 'open') return this.extend(api, session?.expiresAt ?? 0);
    if (session === null) {
      this.nextLook = this.now() + this.lookWait;
      this.lookWait = Math.min(SIGN_IN_LOOK_MS_MAX, this.lookWait * 1.5);
      if (phase !== 'connecting') client.signedOut();
    } else if (session) {
      this.lookWait = SIGN_IN_LOOK_MS_MIN;
      const user = client.user();
      if (user !== undefined && session.user !== user) client.otherUser();
      else if (phase === 'unauthenticated') client.signedIn();
    } else {
      this.nextLook = this.now() + this.lookWait;
    }
  }

  /** The connection's token ends soon: perhaps the platform has renewed the cookie. */
  private async extend(api: SessionApi, cookieUntil: number): Promise<void> {
    this.nextLook = this.now() + EXPIRY_LOOK_MS;
    const until = cookieUntil > this.expiresAt ? await api.extend(this.connection) : undefined;
    if (until && until > this.expiresAt) {
      this.expiresAt = until;
      this.client.extended(until);
    } else if (this.endsSoon) {
      this.client.expiring(this.expiresAt);
    }
  }
}
