import type { State } from '../client/index.ts';
import { el, icon, ICONS, put } from './dom.ts';
import { fill } from './texts.ts';
import type { Texts } from './texts.ts';

/** A trouble that passes within this time is not worth a word. */
const GRACE_MS = 1_500;
/** How long a failed action is spoken of. */
const PROBLEM_MS = 10_000;

export interface StatusViewEvents {
  tryNow(): void;
  serverTime(): number;
  reload(): void;
}

interface Words {
  readonly title: string;
  readonly hint?: string;
  /** With {0} for the time that is left; seen, not read aloud. */
  readonly counted?: string;
  readonly actions?: readonly (HTMLElement | undefined)[];
}

/** Says how things stand with the connection: a word in the header always, a bar with what to do when it is needed. */
export class StatusView {
  readonly pill = el('span', { class: 'pastilla', id: 'estado-conexion', role: 'status' });
  readonly bar = el('div', { class: 'barra', id: 'barra-conexion', role: 'alert', hidden: true });
  private state: State = { phase: 'connecting' };
  private troubleSince = Date.now();
  private expiresAt = 0;
  private drawn = '';
  private trouble = '';
  private troubleUntil = 0;
  private template = '';
  private readonly count = el('span', { 'aria-hidden': 'true' });

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

  /** Something that was asked for did not work. */
  problem(text: string): void {
    this.trouble = text;
    this.troubleUntil = Date.now() + PROBLEM_MS;
    this.draw();
  }

  private draw(): void {
    const open = this.state.phase === 'open';
    if (Date.now() >= this.troubleUntil) this.trouble = '';
    const passing = this.state.phase === 'connecting' || this.state.phase === 'waiting';
    const patient = passing && Date.now() - this.troubleSince < GRACE_MS && navigator.onLine;
    const hidden = !this.trouble && (patient || (open && !this.expiresAt));
    // It is an alert: whatever changes in it is read aloud, and so nothing does but the seconds, which are only seen.
    const key = [hidden, patient, this.trouble, this.state.phase, 'reason' in this.state && this.state.reason, !!this.expiresAt].join('\n');
    if (key !== this.drawn) {
      this.drawn = key;
      this.rebuild(open, patient, hidden);
    }
    this.tick();
  }

  private rebuild(open: boolean, patient: boolean, hidden: boolean): void {
    const { phase } = this.state;
    const { title, hint = '', counted = '', actions = [] } = this.words();
    this.pill.dataset.estado = open ? 'open' : patient ? 'connecting' : phase;
    document.body.dataset.conexion = phase;
    const label = open ? this.texts.online : phase === 'connecting' || patient ? this.texts.connecting : title;
    if (this.pill.textContent !== label) put(this.pill, el('i', { 'aria-hidden': 'true' }), el('span', {}, label));
    this.bar.hidden = hidden;
    this.bar.dataset.estado = phase;
    this.template = counted;
    const shown = this.trouble ? [el('strong', {}, this.trouble)] : [el('strong', {}, title), el('span', {}, hint), ' ', this.count];
    put(this.bar, icon(phase === 'waiting' || phase === 'connecting' ? ICONS.cloudOff : ICONS.lock), el('div', {}, ...shown), ...(this.trouble ? [] : actions));
  }

  private tick(): void {
    const { state } = this;
    const left = state.phase === 'waiting' ? Math.max(1, Math.ceil((state.retryAt - Date.now()) / 1_000)) : countdown(this.expiresAt - this.events.serverTime());
    const text = this.template && fill(this.template, left);
    if (this.count.textContent !== text) this.count.textContent = text;
  }

  /** What there is to say, and what can be done about it. */
  private words(): Words {
    const { texts, state } = this;
    const button = (label: string, action: () => void): HTMLElement => el('button', { type: 'button', class: 'btn', onclick: action }, label);
    const reload = (label: string): HTMLElement => button(label, () => this.events.reload());
    switch (state.phase) {
      case 'open':
        return this.expiresAt ? { title: texts.expiringTitle, hint: texts.expiringHint, counted: texts.expiring, actions: [this.link()] } : { title: '' };
      case 'connecting':
        return { title: texts.offlineTitle, hint: texts.offlineHint };
      case 'waiting':
        return { title: texts.offlineTitle, hint: texts.offlineHint, counted: texts.retryIn, actions: state.asked ? [] : [button(texts.tryNow, () => this.events.tryNow())] };
      case 'unauthenticated':
        return { title: texts.expiredTitle, hint: texts.expiredHint, actions: [this.link()] };
      case 'ended':
        switch (state.reason) {
          case 'replaced':
            return { title: texts.replacedTitle, hint: texts.replacedHint, actions: [reload(texts.useHere)] };
          case 'other-user':
            return { title: texts.otherUserTitle, hint: texts.otherUserHint, actions: [reload(texts.reload)] };
          case 'protocol':
            return { title: texts.protocolTitle, hint: texts.protocolHint, actions: [reload(texts.reload)] };
          default:
            // Signed in anew, perhaps in another tab: this one does not find out by itself.
            return { title: texts.forbiddenTitle, hint: texts.forbiddenHint, actions: [this.link(), reload(texts.reload)] };
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
