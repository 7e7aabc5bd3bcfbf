import { el, icon, ICONS, put } from './dom.ts';
import { fill } from './texts.ts';
import type { Texts } from './texts.ts';
import type { Thread } from './thread.ts';
import { shortTime } from './time.ts';

const TONES = 6;

export interface ListViewEvents {
  open(owner: string): void;
  more(): void;
  retry(): void;
}

/** What the list as a whole has to say. */
export type ListState = 'loading' | 'failed' | 'more' | 'all';

interface Row {
  readonly item: HTMLLIElement;
  readonly name: HTMLElement;
  readonly preview: HTMLElement;
  readonly time: HTMLElement;
  readonly badge: HTMLElement;
  readonly button: HTMLButtonElement;
}

/** The administrators' list of users: one entry each, the most recent first. */
export class ListView {
  readonly root: HTMLElement;
  private readonly list = el('ul', { id: 'lista-usuarios', class: 'list-group' });
  private readonly filter: HTMLInputElement;
  private readonly foot = el('div', { class: 'lista-pie' });
  private readonly rows = new Map<string, Row>();
  private threads: readonly Thread[] = [];
  private active = '';
  private state: ListState = 'loading';

  constructor(
    private readonly texts: Texts,
    private readonly events: ListViewEvents,
  ) {
    this.filter = el('input', { type: 'search', id: 'filtro', placeholder: texts.filter, 'aria-label': texts.filter, autocomplete: 'off', oninput: () => this.arrange() });
    this.list.setAttribute('aria-label', texts.users);
    this.list.addEventListener('click', (event) => this.clicked(event));
    this.list.addEventListener('keydown', (event) => this.key(event));
    this.root = el(
      'aside',
      { class: 'lateral', 'aria-label': texts.users },
      el('div', { class: 'lateral-cabeza' }, el('h2', {}, texts.users), el('label', { class: 'buscar' }, icon(ICONS.search), this.filter)),
      el('div', { class: 'lista-marco' }, this.list, this.foot),
    );
  }

  render(threads: readonly Thread[], active: string, state: ListState): void {
    this.threads = threads;
    this.active = active;
    this.state = state;
    for (const thread of threads) this.draw(thread);
    this.arrange();
  }

  focusFilter(): void {
    this.filter.focus();
  }

  focus(owner: string | undefined): void {
    (this.rows.get(owner ?? '') ?? [...this.rows.values()][0])?.button.focus();
  }

  /** The one above or below the active one, as shown. */
  neighbour(step: 1 | -1): string | undefined {
    const shown = this.shown();
    const at = shown.findIndex((thread) => thread.owner === this.active);
    return shown[at < 0 ? 0 : at + step]?.owner;
  }

  private draw(thread: Thread): void {
    const row = this.rows.get(thread.owner) ?? this.add(thread.owner);
    const isActive = thread.owner === this.active;
    const isNew = thread.unread > 0 && !isActive;
    const { classList, dataset } = row.item;
    dataset.nuevo = String(isNew);
    classList.toggle('bg-light', isActive);
    classList.toggle('text-danger', isNew);
    classList.toggle('text-success', !isNew && (isActive || thread.seenOnce));
    classList.toggle('fw-bold', isActive || isNew);
    if (isActive) row.button.setAttribute('aria-current', 'true');
    else row.button.removeAttribute('aria-current');
    row.preview.textContent = thread.preview;
    row.time.textContent = thread.lastAt ? shortTime(thread.lastAt) : '';
    row.badge.hidden = thread.unread === 0;
    put(
      row.badge,
      el('span', { 'aria-hidden': 'true' }, thread.unread > 99 ? '99+' : String(thread.unread)),
      el('span', { class: 'solo-lector' }, thread.unread === 1 ? this.texts.unreadOne : fill(this.texts.unreadMany, thread.unread)),
    );
  }

  private add(owner: string): Row {
    const row: Row = {
      item: el('li', { class: 'list-group-item', 'data-nuevo': 'false' }),
      name: el('span', { class: 'nombre' }, owner),
      preview: el('span', { class: 'resumen text-muted' }),
      time: el('time', { class: 'hora text-muted' }),
      badge: el('span', { class: 'cuenta', hidden: true }),
      button: el('button', { type: 'button', class: 'fila' }),
    };
    row.item.id = 'user-' + owner;
    row.item.dataset.usuario = owner;
    put(row.button, avatar(owner), el('span', { class: 'fila-texto' }, row.name, row.preview), el('span', { class: 'fila-lado' }, row.time, row.badge));
    row.item.append(row.button);
    this.rows.set(owner, row);
    return row;
  }

  private shown(): Thread[] {
    const wanted = this.filter.value.trim().toLocaleLowerCase();
    return this.threads.filter((thread) => thread.owner.toLocaleLowerCase().includes(wanted)).sort((a, b) => b.lastAt - a.lastAt);
  }

  private arrange(): void {
    const shown = this.shown().map((thread) => this.rows.get(thread.owner)!.item);
    const focused = document.activeElement;
    const wanted = new Set<Node>(shown);
    for (const child of [...this.list.children]) if (!wanted.has(child)) child.remove();
    let at = this.list.firstElementChild;
    for (const item of shown) {
      if (item === at) at = at.nextElementSibling;
      else this.list.insertBefore(item, at);
    }
    // Moving an element takes the focus away.
    if (focused instanceof HTMLElement && focused !== document.activeElement && this.list.contains(focused)) focused.focus({ preventScroll: true });
    this.drawFoot(shown.length);
  }

  private drawFoot(count: number): void {
    const { texts, foot } = this;
    if (this.state === 'failed') {
      put(foot, el('div', { class: 'aviso fallo', role: 'alert' }, icon(ICONS.alert), el('div', {}, el('strong', {}, texts.listFailed)), el('button', { type: 'button', class: 'btn', onclick: () => this.events.retry() }, texts.retry)));
    } else if (this.state === 'loading' && !this.threads.length) {
      put(foot, el('div', { class: 'esqueleto-lista', 'aria-hidden': 'true' }, el('i'), el('i'), el('i')));
    } else if (!this.threads.length) {
      put(foot, el('div', { class: 'vacio pequeno' }, el('span', { class: 'vacio-icono' }, icon(ICONS.people)), el('h3', {}, texts.listEmpty), el('p', { class: 'sub' }, texts.listEmptyHint)));
    } else {
      put(
        foot,
        count === 0 && el('p', { class: 'sub centro', role: 'status' }, fill(texts.filterEmpty, this.filter.value.trim())),
        this.state === 'more' && el('button', { type: 'button', class: 'btn ancho', onclick: () => this.events.more() }, texts.more),
      );
    }
  }

  private clicked(event: Event): void {
    const owner = (event.target as Element).closest<HTMLElement>('li')?.dataset.usuario;
    if (owner !== undefined) this.events.open(owner);
  }

  private key(event: KeyboardEvent): void {
    const item = (event.target as Element).closest('li');
    const next = event.key === 'ArrowDown' ? item?.nextElementSibling : event.key === 'ArrowUp' ? item?.previousElementSibling : event.key === 'Home' ? this.list.firstElementChild : event.key === 'End' ? this.list.lastElementChild : null;
    if (next) {
      event.preventDefault();
      next.querySelector('button')!.focus();
    }
  }
}

/** The first letter of a name, in a colour of its own. */
export function avatar(name: string): HTMLElement {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)!) % 997;
  return el('span', { class: `avatar tono-${sum % TONES}`, 'aria-hidden': 'true' }, [...name][0]?.toLocaleUpperCase() ?? '');
}
