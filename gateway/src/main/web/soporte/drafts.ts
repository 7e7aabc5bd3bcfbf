/** What was typed and not sent, for each conversation; survives a reload of the tab, and nothing longer than it. */
const PREFIX = 'switchboard.draft.';

export class Drafts {
  /** @param user drafts are nobody else's */
  constructor(private readonly user: string) {}

  get(owner: string): string {
    return attempt(() => sessionStorage.getItem(this.key(owner))) ?? '';
  }

  set(owner: string, text: string): void {
    attempt(() => (text ? sessionStorage.setItem(this.key(owner), text) : sessionStorage.removeItem(this.key(owner))));
  }

  forget(): void {
    attempt(() => {
      for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
    });
  }

  private key(owner: string): string {
    return PREFIX + JSON.stringify([this.user, owner]);
  }
}

/** Storage may be forbidden or full: then a draft lives as long as the page. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
