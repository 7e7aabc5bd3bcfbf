import type { State } from '../client/index.ts';
import { el, icon, ICONS, put } from './dom.ts';
import { fill } from './texts.ts';
import type { Texts } from './texts.ts';

/** A trouble that passes within this time is not worth a word. */
const GRACE_MS = 1_500;

export interface StatusViewEvents {
  tryNow(): void;
  reload(): void;
}

/** Says how things stand with the connection: a word in the header always, a bar with what to do when it is needed. */
export class StatusView {
  readonly pill = el('span', { class: 'pastilla', id: 'estado-conexion', role: 'status' });
  readonly bar = el('div', { class: 'barra', id: 'barra-conexion', role: 'alert', hidden: true });
  private state: State = { phase: 'connecting' };
  private troubleSince = Date.now();
  private expiresAt = 0;
  private drawn = '';

  constructor(
    private readonly texts: Texts,
    private readonly signIn: string,
    private readonly events: StatusViewEvents,
  ) {
    setInterval(() => this.draw(), 1_000);
    addEventListener('offline', () => this.draw());
    addEventListener('online', () => this.draw());
    this.draw();
  }

  become(state: State): void {
    if (state.phase === 'open') this.troubleSince = 0;
    else this.troubleSince ||= Date.now();
    this.state = state;
    this.draw();
  }

  /** The session ends then; 0: it does not, for a while. */
  expiring(at: number): void {
    this.expiresAt = at;
    this.draw();
  }

  private draw(): void {
    const open = this.state.phase === 'open';
    const patient = !open && Date.now() - this.troubleSince < GRACE_MS && navigator.onLine;
    const [title, hint, action] = this.words();
    const label = open ? this.texts.online : this.state.phase === 'connecting' || patient ? this.texts.connecting : title;
    this.pill.dataset.estado = open ? 'open' : patient ? 'connecting' : this.state.phase;
    document.body.dataset.conexion = this.state.phase;
    const key = [label, title, hint, patient, open && !this.expiresAt].join('\n');
    if (key === this.drawn) return;
    this.drawn = key;
    put(this.pill, el('i', { 'aria-hidden': 'true' }), el('span', {}, label));
    this.bar.hidden = patient || (open && !this.expiresAt) || !title;
    this.bar.dataset.estado = this.state.phase;
    put(this.bar, icon(this.state.phase === 'waiting' || this.state.phase === 'connecting' ? ICONS.cloudOff : ICONS.lock), el('div', {}, el('strong', {}, title), el('span', {}, hint)), action);
  }

  /** Title, what it means, and what can be done about it. */
  private words(): [string, string, (HTMLElement | undefined)?] {
    const { texts, state } = this;
    const button = (label: string, action: () => void): HTMLElement => el('button', { type: 'button', class: 'btn', onclick: action }, label);
    switch (state.phase) {
      case 'open':
        return this.expiresAt ? [fill(texts.expiring, countdown(this.expiresAt - Date.now())), '', this.link()] : ['', ''];
      case 'connecting':
        return this.troubleSince ? [texts.offlineTitle, texts.offlineHint] : ['', ''];
      case 'waiting': {
        const seconds = Math.max(1, Math.ceil((state.retryAt - Date.now()) / 1_000));
        return [texts.offlineTitle, `${texts.offlineHint} ${fill(texts.retryIn, seconds)}`, button(texts.tryNow, () => this.events.tryNow())];
      }
      case 'unauthenticated':
        return [texts.expiredTitle, texts.expiredHint, this.link()];
      case 'ended':
        switch (state.reason) {
          case 'replaced':
            return [texts.replacedTitle, texts.replacedHint, button(texts.useHere, () => this.events.reload())];
          case 'other-user':
            return [texts.otherUserTitle, texts.otherUserHint, button(texts.reload, () => this.events.reload())];
          case 'protocol':
            return [texts.protocolTitle, texts.protocolHint, button(texts.reload, () => this.events.reload())];
          default:
            return [texts.forbiddenTitle, texts.forbiddenHint, this.link()];
        }
    }
  }

  private link(): HTMLElement | undefined {
    if (!this.signIn) return undefined;
    const url = new URL(this.signIn, location.href);
    url.searchParams.set('return', location.href);
    return el('a', { class: 'btn', href: url.href, target: '_blank', rel: 'noopener' }, this.texts.signIn);
  }
}

function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
