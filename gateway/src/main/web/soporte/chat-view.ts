import { el, icon, ICONS, put } from './dom.ts';
import { withLinks } from './links.ts';
import { fill, refusalText } from './texts.ts';
import type { Texts } from './texts.ts';
import type { Item, Status, Thread } from './thread.ts';
import { dayOf, dayTitle, formatearFecha } from './time.ts';

/** Closer to the end than this counts as being there. */
const NEAR_PX = 48;
/** Closer to the beginning than this asks for what is older. */
const OLDER_PX = 160;
/** So long after history was drawn, new lines are read aloud again. */
const UNHUSH_MS = 200;

const STATUS_ICON: Record<Status, keyof typeof ICONS> = { sending: 'clock', accepted: 'check', stored: 'checks', read: 'checks', failed: 'alert', risk: 'alert' };

export interface ChatViewEvents {
  resend(item: Item): void;
  older(): void;
  retry(): void;
  /** The reader stands at the end. */
  atEnd(): void;
}

/** The panel with the lines of one conversation. Keeps elements by key, so that nothing flickers and no selection is lost. */
export class ChatView {
  readonly chat: HTMLElement;
  readonly root: HTMLElement;
  private readonly jump: HTMLButtonElement;
  private readonly lines = new Map<string, HTMLElement>();
  private readonly drawn = new WeakMap<HTMLElement, string>();
  private thread: Thread | undefined;
  private unseen = 0;
  private unhushing: ReturnType<typeof setTimeout> | undefined;
  /** Stays true while the panel grows or is hidden: only the reader's own scrolling ends it. */
  private following = true;
  private online = false;

  constructor(
    private readonly me: string,
    private readonly texts: Texts,
    private readonly language: string,
    private readonly events: ChatViewEvents,
  ) {
    this.chat = el('div', {
      id: 'chat',
      class: 'chat',
      role: 'log',
      tabindex: '0',
      'aria-label': texts.conversation,
      onscroll: () => this.scrolled(),
    });
    this.jump = el('button', { type: 'button', class: 'saltar', hidden: true, onclick: () => this.toEnd() });
    this.root = el('div', { class: 'panel-chat' }, this.chat, this.jump);
    new ResizeObserver(() => this.resized()).observe(this.chat);
  }

  /** Without a connection, what is to be sent waits. */
  connected(online: boolean): void {
    if (online === this.online) return;
    this.online = online;
    this.render();
  }

  /** Another conversation, or none: clears the panel. */
  show(thread: Thread | undefined): void {
    this.thread = thread;
    this.hush();
    this.lines.clear();
    put(this.chat);
    this.unseen = 0;
    this.following = true;
    if (thread) this.chat.setAttribute('aria-label', fill(this.texts.conversationWith, thread.owner));
    this.render();
  }

  /** A phone shows the list or the lines. */
  get isShown(): boolean {
    return this.chat.clientHeight > 0;
  }

  /** All lines are in view, and there is nothing to scroll. */
  get hasRoom(): boolean {
    return this.isShown && this.chat.scrollHeight <= this.chat.clientHeight;
  }

  get isAtEnd(): boolean {
    return this.following;
  }

  /** Draws what changed. Where the reader has scrolled up, the text stays where it is. */
  render(arrived = 0): void {
    const thread = this.thread;
    const height = this.chat.scrollHeight;
    const top = this.chat.scrollTop;
    const anchor = this.chat.querySelector<HTMLElement>('p[data-clave]');
    const anchorTop = anchor?.offsetTop ?? 0;
    if (thread?.loading) this.hush();
    this.arrange(thread ? this.nodes(thread) : []);
    if (!thread?.loading) this.unhush();
    if (this.following) {
      this.scrollDown();
      if (thread?.list().length) this.events.atEnd();
    } else {
      this.unseen += arrived;
      // What came above pushes everything down by as much.
      if (anchor?.isConnected && height) this.chat.scrollTop = top + (anchor.offsetTop - anchorTop);
    }
    this.drawJump();
  }

  /** Loaded history is not read aloud as if it had just been said. */
  private hush(): void {
    clearTimeout(this.unhushing);
    this.unhushing = undefined;
    this.chat.setAttribute('aria-busy', 'true');
    this.chat.setAttribute('aria-live', 'off');
  }

  /** A moment later: screen readers hear of new lines after they were drawn. */
  private unhush(): void {
    if (this.chat.getAttribute('aria-busy') !== 'true') return;
    this.unhushing ??= setTimeout(() => {
      this.unhushing = undefined;
      this.chat.setAttribute('aria-busy', 'false');
      this.chat.setAttribute('aria-live', 'polite');
    }, UNHUSH_MS);
  }

  /** One's own message: whoever speaks wants to see it. */
  toEnd(): void {
    this.following = true;
    this.unseen = 0;
    this.scrollDown();
    this.drawJump();
    this.events.atEnd();
  }

  private scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.chat;
    const wasFollowing = this.following;
    this.following = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.following && !wasFollowing) {
      this.unseen = 0;
      this.events.atEnd();
    }
    if (scrollTop < OLDER_PX && this.thread?.older() && !this.thread.loading) this.events.older();
    this.drawJump();
  }

  private resized(): void {
    if (this.following) {
      this.scrollDown();
      // Hidden until now, perhaps.
      if (this.isShown && this.thread?.list().length) this.events.atEnd();
    }
    if (this.hasRoom && this.thread?.list().length && this.thread.older() && !this.thread.loading) this.events.older();
  }

  private scrollDown(): void {
    this.chat.scrollTop = this.chat.scrollHeight;
  }

  private drawJump(): void {
    this.jump.hidden = this.following;
    const label = this.unseen === 0 ? this.texts.toEnd : this.unseen === 1 ? this.texts.newOne : fill(this.texts.newMany, this.unseen);
    this.jump.classList.toggle('con-nuevos', this.unseen > 0);
    put(this.jump, icon(ICONS.down), el('span', {}, label));
  }

  private nodes(thread: Thread): HTMLElement[] {
    const nodes: HTMLElement[] = [];
    const list = thread.list();
    if (thread.loading && !list.length) return [this.skeleton()];
    // Without a connection that is no news, and with the next one it is loaded anyway.
    if (thread.failed && this.online) nodes.push(this.problem());
    if (thread.partial) nodes.push(this.keyed('parcial', '', () => el('div', { class: 'aviso', role: 'status' }, this.texts.partial)));
    if (!list.length && !thread.failed) return [this.empty(thread)];
    if (thread.loading) nodes.push(this.keyed('cargando', '', () => el('div', { class: 'rotulo' }, this.texts.loading)));
    else if (list.length && !thread.older() && !thread.failed && !thread.partial) {
      nodes.push(this.keyed('principio', '', () => el('div', { class: 'rotulo' }, this.texts.beginning)));
    }
    let day = '';
    let previous: Item | undefined;
    for (const item of list) {
      const itemDay = dayOf(item.time);
      if (itemDay !== day) {
        const title = dayTitle(item.time, this.texts, this.language);
        nodes.push(this.keyed('dia ' + itemDay, title, () => el('div', { class: 'dia', role: 'separator' }, el('span', {}, title))));
        previous = undefined;
      }
      day = itemDay;
      nodes.push(this.line(thread, item, previous?.sender === item.sender && item.time - previous.time < 5 * 60_000));
      previous = item;
    }
    return nodes;
  }

  private line(thread: Thread, item: Item, grouped: boolean): HTMLElement {
    const own = item.sender === this.me;
    const status = own ? thread.status(item) : undefined;
    const state = [grouped, status, status === 'sending' && this.online, item.time, item.sending?.failure].join();
    const line = this.keyed(item.key, '', () => el('p', { class: 'mensaje', 'data-clave': item.key }));
    if (this.drawn.get(line) === state) return line;
    this.drawn.set(line, state);
    line.className = `mensaje ${own ? 'propio' : item.fromStaff ? 'equipo' : 'ajeno'}${grouped ? ' seguido' : ''}`;
    put(
      line,
      el('strong', { class: 'autor' }, `${own ? this.texts.you : item.sender}:`),
      ' ',
      el('span', { class: 'texto', dir: 'auto' }, ...withLinks(item.text)),
      el('span', { class: 'meta' }, el('span', { class: 'text-muted pie' }, ` (${formatearFecha(item.time)})`), status && this.mark(item, status)),
    );
    if (status) line.dataset.estado = status;
    return line;
  }

  private mark(item: Item, status: Status): HTMLElement {
    const label = status === 'sending' && !this.online ? this.texts.waiting : this.texts[status];
    const mark = el('span', { class: 'estado', 'data-estado': status, title: label }, icon(ICONS[STATUS_ICON[status]]), el('span', { class: status === 'failed' || status === 'sending' || status === 'risk' ? 'estado-texto' : 'solo-lector' }, label));
    if (status === 'failed') mark.lastElementChild!.textContent = `${label}: ${refusalText(this.texts, item.sending?.failure)}.`;
    if (status === 'failed' || status === 'risk') {
      mark.append(el('button', { type: 'button', class: 'enlace', onclick: () => this.events.resend(item) }, this.texts.resend));
    }
    return mark;
  }

  private empty(thread: Thread): HTMLElement {
    const own = thread.owner === this.me;
    return this.keyed('vacio', '', () =>
      el('div', { class: 'vacio' }, el('span', { class: 'vacio-icono' }, icon(ICONS.chat)), el('h2', {}, own ? this.texts.emptyTitle : this.texts.emptyThread), own && el('p', { class: 'sub' }, this.texts.emptyHint)),
    );
  }

  private problem(): HTMLElement {
    return this.keyed('fallo', '', () =>
      el(
        'div',
        { class: 'aviso fallo', role: 'alert' },
        icon(ICONS.alert),
        el('div', {}, el('strong', {}, this.texts.loadFailed), el('span', {}, this.texts.loadFailedHint)),
        el('button', { type: 'button', class: 'btn', onclick: () => this.events.retry() }, this.texts.retry),
      ),
    );
  }

  private skeleton(): HTMLElement {
    return this.keyed('esqueleto', '', () => el('div', { class: 'esqueleto', role: 'status' }, el('span', { class: 'solo-lector' }, this.texts.loading), el('i'), el('i'), el('i'), el('i')));
  }

  /** The element of that key, drawn anew only if its state is another. */
  private keyed(key: string, state: string, make: () => HTMLElement): HTMLElement {
    const id = key + '\n' + state;
    let element = this.lines.get(id);
    if (!element) this.lines.set(id, (element = make()));
    return element;
  }

  /** Brings the children into this order, touching as few as possible. */
  private arrange(nodes: HTMLElement[]): void {
    const wanted = new Set<Node>(nodes);
    for (const child of [...this.chat.children]) if (!wanted.has(child)) child.remove();
    let at = this.chat.firstChild;
    for (const node of nodes) {
      if (node === at) at = at.nextSibling;
      else this.chat.insertBefore(node, at);
    }
  }
}
