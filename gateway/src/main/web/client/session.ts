/** Who the cookie speaks for: the part of the protocol that goes over HTTP. */

export interface SessionAnswer {
  readonly user: string;
  readonly expiresAt: number;
}

/** Headers that every change of state needs when a cookie signs it. */
export const CHANGE_HEADERS = { 'Content-Type': 'application/json', 'X-Switchboard': '1' };
const ANSWER_MS_MAX = 10_000;

export class SessionApi {
  /** @param base of the gateway, such as https://chat.example */
  constructor(private readonly base: string) {}

  /** The session, `null` if nobody is signed in, `undefined` if that can't be told now. */
  async look(): Promise<SessionAnswer | null | undefined> {
    const answer = await this.ask('/api/v1/session', {});
    if (answer?.status === 401) return null;
    return answer?.ok ? ((await answer.json()) as SessionAnswer) : undefined;
  }

  /** The cookie is newer than the connection: until when the connection lasts now. */
  async extend(connection: string): Promise<number | undefined> {
    const answer = await this.ask('/api/v1/session/extend', {
      method: 'POST',
      headers: CHANGE_HEADERS,
      body: JSON.stringify({ connection }),
    });
    return answer?.ok ? ((await answer.json()) as SessionAnswer).expiresAt : undefined;
  }

  private async ask(path: string, init: RequestInit): Promise<Response | undefined> {
    try {
      return await fetch(this.base + path, {
        credentials: 'include',
        cache: 'no-store',
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
        ...init,
      });
    } catch {
      return undefined;
    }
  }
}
