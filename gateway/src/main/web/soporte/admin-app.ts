import * as api from './api.ts';
import { App } from './app.ts';
import { el, icon, ICONS, put } from './dom.ts';
import { avatar, ListView } from './list-view.ts';
import type { ListState } from './list-view.ts';

/** So narrow, a conversation covers the list. As in the style sheet. */
const NARROW = '(max-width: 47.99rem)';

/** Many conversations: the list of users, and the one that is open. */
export class AdminApp extends App {
  private readonly listView = new ListView(this.texts, {
    open: (owner) => this.choose(owner),
    more: () => void this.more(),
    retry: () => void this.refresh(),
  });
  private readonly head = el('div', { class: 'cabeza-chat', hidden: true });
  private readonly nobody = el(
    'div',
    { class: 'vacio elegir' },
    el('span', { class: 'vacio-icono' }, icon(ICONS.chat)),
    el('h2', {}, this.texts.chooseTitle),
    el('p', { class: 'sub' }, this.texts.chooseHint),
  );
  private readonly panel = el('section', { class: 'conversacion', 'aria-label': this.texts.conversation }, this.head, this.nobody, this.view.root, this.composer.form);
  readonly root = el('main', { class: 'container row' }, this.listView.root, this.panel);
  private listState: ListState = 'loading';
  private next: string | null = null;
  private listPages = 0;

  start(): void {
    this.composer.enable(false);
    this.renderAround();
    document.addEventListener('keydown', (event) => this.key(event));
    addEventListener('popstate', () => (this.isStepped && this.active ? this.cover() : this.uncover()));
  }

  protected async refresh(quiet = false): Promise<void> {
    try {
      const page = await api.conversations(null);
      this.take(page);
      // The pages after the first stay as they are known: whatever moved in them came to the first.
      if (this.listPages <= 1) {
        this.next = page.next;
        this.listPages = 1;
      }
      this.listState = this.next ? 'more' : 'all';
    } catch {
      if (!quiet) this.listState = 'failed';
    }
    this.renderAround();
    for (const thread of this.threads.values()) thread.stale = true;
    if (this.active) await this.load(this.active, quiet);
  }

  private async more(): Promise<void> {
    if (this.listState !== 'more') return;
    this.listState = 'loading';
    try {
      const page = await api.conversations(this.next);
      this.take(page);
      this.next = page.next;
      this.listPages++;
      this.listState = this.next ? 'more' : 'all';
    } catch {
      this.listState = 'failed';
    }
    this.renderAround();
  }

  private take(page: api.ConversationPage): void {
    // Oldest first, so that the newest conversation of a user has the last word.
    for (const conversation of [...page.conversations].reverse()) this.thread(conversation.owner).summary(conversation);
  }

  private choose(owner: string): void {
    const thread = this.thread(owner);
    this.cover();
    if (thread !== this.active) {
      this.composer.target!.value = owner;
      this.open(thread);
    }
    // "Back" uncovers the list. After a reload that step is there already.
    if (matchMedia(NARROW).matches && !this.isStepped) history.pushState({ abierta: true }, '');
    // A phone would cover half of what is to be read with its keyboard.
    if (matchMedia('(hover: hover)').matches) this.composer.input.focus();
  }

  private close(): void {
    // As "back" does: otherwise each visit would leave one more step to go back.
    if (this.isStepped) history.back();
    else this.uncover();
  }

  private cover(): void {
    this.root.classList.add('abierta');
    this.renderAround();
  }

  private uncover(): void {
    this.root.classList.remove('abierta');
    this.renderAround();
    this.listView.focus(this.active?.owner);
  }

  private get isStepped(): boolean {
    return (history.state as { abierta?: boolean } | null)?.abierta === true;
  }

  /** What is said in the active conversation is as new as in any other while nobody sees it. */
  private get isCovering(): boolean {
    return this.root.classList.contains('abierta') || !matchMedia(NARROW).matches;
  }

  private key(event: KeyboardEvent): void {
    if (event.altKey && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      const owner = this.listView.neighbour(event.key === 'ArrowDown' ? 1 : -1);
      if (owner !== undefined) this.choose(owner);
    } else if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
      this.listView.focusFilter();
    } else if (event.key === 'Escape' && this.panel.contains(document.activeElement)) {
      this.close();
    } else {
      return;
    }
    event.preventDefault();
  }

  protected renderAround(): void {
    const shown = [...this.threads.values()].filter((thread) => thread.lastAt > 0 || thread.list().length > 0);
    this.listView.render(shown, (this.isCovering && this.active?.owner) || '', this.listState);
    const unread = shown.reduce((sum, thread) => sum + (this.isWatched(thread) ? 0 : thread.unread), 0);
    this.title(unread);
    this.drawHead();
  }

  private drawHead(): void {
    const owner = this.active?.owner;
    this.nobody.hidden = owner !== undefined;
    this.head.hidden = this.view.root.hidden = this.composer.form.hidden = owner === undefined;
    if (owner === undefined || this.head.dataset.usuario === owner) return;
    this.head.dataset.usuario = owner;
    put(this.head, el('button', { type: 'button', class: 'volver', 'aria-label': this.texts.back, onclick: () => this.close() }, icon(ICONS.back)), avatar(owner), el('h2', {}, owner));
  }
}
