import { SendFailed } from '../client/index.ts';
import type { ChatClient, ChatMessage, HeadState, Sending } from '../client/index.ts';
import * as api from './api.ts';
import { ChatView } from './chat-view.ts';
import { Composer } from './composer.ts';
import { Drafts } from './drafts.ts';
import type { Profile } from './main.ts';
import { fill } from './texts.ts';
import type { Texts } from './texts.ts';
import { Thread } from './thread.ts';
import type { Item } from './thread.ts';

/** Lines kept of a conversation that is not open; beyond it they are loaded again when it is opened. */
const LINES_MAX = 300;

/** Time for a message that a head already told of, by whichever way it comes. */
const LATE_MS = 2_000;

/** What both variants of the page do: threads by user, the open one, what is sent and what arrives. The variants say the rest. */
export abstract class App {
  protected readonly threads = new Map<string, Thread>();
  protected active: Thread | undefined;
  private lookSoon = false;
  protected readonly drafts: Drafts;
  protected readonly view: ChatView;
  protected readonly composer: Composer;
  /** Spoken to screen readers, never seen. */
  readonly announcer = document.createElement('div');

  constructor(
    protected readonly chat: ChatClient,
    protected readonly profile: Profile,
    protected readonly texts: Texts,
  ) {
    this.drafts = new Drafts(profile.user);
    this.announcer.className = 'solo-lector';
    this.announcer.setAttribute('aria-live', 'polite');
    this.view = new ChatView(profile.user, texts, profile.language, {
      resend: (item) => this.resend(item),
      older: () => void this.older(),
      retry: () => void this.refresh(),
      atEnd: () => this.seen(),
    });
    this.composer = new Composer(
      texts,
      profile.isAdmin,
      (text) => this.submit(text),
      (text) => this.active && this.drafts.set(this.active.owner, text),
    );
    this.listen();
    document.addEventListener('visibilitychange', () => this.seen());
    addEventListener('focus', () => this.seen());
    addEventListener('beforeunload', (event) => {
      if (this.chat.pending().length) event.preventDefault();
    });
  }

  /** Draws everything of this variant but the lines of the open thread. */
  protected abstract renderAround(): void;
  /** Connected, and whatever was missed has arrived: ask how things stand. Nobody hears of a quiet one that fails. */
  protected abstract refresh(quiet?: boolean): Promise<void>;

  private listen(): void {
    const { chat } = this;
    chat.on('welcome', ({ limits }) => this.composer.limit(limits.textCodePointsMax));
    chat.on('ready', () => void this.refresh());
    chat.on('message', (message) => this.arrived(message));
    chat.on('notice', (notice) => {
      const thread = this.thread(notice.owner);
      thread.lastAt = notice.time;
      thread.preview = notice.preview;
      thread.unread++;
      thread.stale = true;
      this.renderAround();
    });
    chat.on('sending', (sending) => this.sent(sending));
    chat.on('stored', ({ conversation, lane, position }) => {
      if (lane !== 'PUBLIC') return;
      this.threads.forEach((thread) => thread.stored(conversation, position));
      this.view.render();
    });
    chat.on('read', ({ staff, conversation, position }) => {
      this.threads.forEach((thread) => thread.readBy(staff, conversation, position));
      this.view.render();
      this.renderAround();
    });
    chat.on('resync', ({ conversation, lane }) => {
      if (lane !== 'PUBLIC') return;
      for (const thread of this.threads.values()) {
        if (!thread.conversations().includes(conversation)) continue;
        thread.lose(conversation);
        if (thread === this.active) void this.load(thread);
      }
    });
    chat.on('head', (head) => this.told(head));
    chat.on('state', (state) => {
      this.view.connected(state.phase === 'open');
      this.composer.enable(state.phase !== 'ended' && this.active !== undefined);
      if (state.phase === 'ended' && (state.reason === 'forbidden' || state.reason === 'other-user')) this.wipe();
    });
  }

  /** The server says where a conversation stands. What is still lacking a while later was lost on its way, perhaps all of it. */
  private told(head: HeadState): void {
    if (head.lane !== 'PUBLIC' || this.lookSoon || this.threads.get(head.owner)?.reaches(head)) return;
    this.lookSoon = true;
    setTimeout(() => {
      this.lookSoon = false;
      // Without a connection there is nobody to ask, and the next one begins with everything.
      if (this.chat.state.phase === 'open' && !this.threads.get(head.owner)?.reaches(head)) void this.refresh(true);
    }, LATE_MS);
  }

  /** Whoever sits here now may be somebody else. */
  private wipe(): void {
    this.threads.clear();
    this.active = undefined;
    this.composer.fill('', this.texts.messageLabel);
    this.view.show(undefined);
    this.renderAround();
  }

  protected thread(owner: string): Thread {
    let thread = this.threads.get(owner);
    if (!thread) this.threads.set(owner, (thread = new Thread(owner, this.profile.isAdmin)));
    return thread;
  }

  protected open(thread: Thread): void {
    this.active = thread;
    thread.seenOnce = true;
    this.composer.fill(this.drafts.get(thread.owner), this.profile.isAdmin ? fill(this.texts.messageFor, thread.owner) : this.texts.messageLabel);
    this.composer.enable(this.chat.state.phase !== 'ended');
    // The panel first: lines count as read only where they are shown.
    this.renderAround();
    this.view.show(thread);
    if (thread.stale) void this.load(thread);
  }

  /** The newest page of the newest conversation. */
  protected async load(thread: Thread, quiet = false): Promise<void> {
    const conversation = thread.conversations().at(-1);
    thread.stale = false;
    if (!conversation) return this.draw(thread);
    await this.fetch(thread, conversation, null, quiet);
  }

  private async older(): Promise<void> {
    const thread = this.active;
    const next = thread?.older();
    if (thread && next && !thread.failed) await this.fetch(thread, next.conversation, next.before);
  }

  private async fetch(thread: Thread, conversation: string, before: string | null, quiet = false): Promise<void> {
    if (thread.loading) {
      // What is under way may be from before: it is asked for once more.
      thread.stale ||= before === null;
      return;
    }
    let failed = false;
    thread.loading = true;
    if (!quiet) thread.failed = false;
    this.draw(thread);
    try {
      const page = await api.history(conversation, before);
      if (!thread.stale) {
        thread.page(conversation, page, before === null);
        thread.partial = !page.complete;
        thread.failed = false;
        if (page.complete && before === null) this.chat.loaded(conversation, 'PUBLIC', page.head);
      }
    } catch (error) {
      failed = true;
      if (error instanceof api.Missing) thread.drop(conversation);
      else if (!quiet) thread.failed = true;
      thread.stale = true;
    }
    thread.loading = false;
    this.draw(thread);
    if (thread !== this.active || failed) return;
    if (thread.stale) await this.load(thread);
    // What is shorter than the panel can't be scrolled: go on with what is older.
    else if (this.view.hasRoom) await this.older();
  }

  private draw(thread: Thread): void {
    if (thread === this.active) this.view.render();
  }

  private submit(text: string): string | undefined {
    const owner = this.profile.isAdmin ? this.composer.target?.value : this.profile.user;
    if (!owner) return undefined;
    try {
      this.chat.send(this.profile.isAdmin ? { text, owner } : { text });
    } catch (error) {
      if (error instanceof SendFailed) return this.unsent(error);
      throw error;
    }
    this.view.toEnd();
    return undefined;
  }

  private resend(item: Item): void {
    try {
      const sending = this.chat.send({ text: item.text, id: item.sending!.id, owner: item.sending!.owner });
      // It may have been accepted long ago, and stand where everything has been delivered.
      void sending.accepted.then((message) => this.arrived(message), () => undefined);
    } catch (error) {
      if (!(error instanceof SendFailed)) throw error;
      this.composer.say(this.unsent(error));
    }
  }

  private unsent(error: SendFailed): string {
    return error.code === 'ENDED' ? this.texts.ended : this.texts.outboxFull;
  }

  private sent(sending: Sending): void {
    const thread = this.thread(sending.owner ?? this.profile.user);
    thread.send(this.profile.user, sending);
    if (sending.status === 'failed') this.announcer.textContent = this.texts.failed;
    this.draw(thread);
  }

  private arrived(message: ChatMessage): void {
    if (message.lane !== 'PUBLIC') return;
    const thread = this.thread(message.owner);
    if (!thread.add(message)) return;
    const own = message.sender === this.profile.user;
    const fromOtherSide = (message.senderRole === 'ADMIN') !== this.profile.isAdmin;
    if (fromOtherSide) {
      thread.unread++;
      if (!this.isWatched(thread)) this.announcer.textContent = fill(this.texts.newFrom, message.sender);
    } else {
      // Whoever speaks has read what stood before, even if the page had not loaded it yet.
      if (own && thread.unread > 0) this.chat.read(message.conversation, message.position);
      thread.unread = 0;
    }
    if (thread === this.active) this.view.render(own ? 0 : 1);
    else if (thread.list().length > LINES_MAX) thread.conversations().forEach((conversation) => thread.forget(conversation));
    this.renderAround();
  }

  /** The open thread is before somebody's eyes: up to its end it counts as read. */
  private seen(): void {
    const thread = this.active;
    if (!thread || !this.isWatched(thread) || !this.view.isAtEnd) return;
    const newest = thread.newest();
    if (newest && thread.unread > 0) this.chat.read(newest.conversation, newest.position);
    if (thread.unread) {
      thread.unread = 0;
      this.renderAround();
    }
  }

  /** Before somebody's eyes: the open thread, while its lines are shown. */
  protected isWatched(thread: Thread): boolean {
    return thread === this.active && !document.hidden && this.view.isShown;
  }

  protected title(unread: number): void {
    document.title = (unread ? `(${unread}) ` : '') + this.texts.title;
  }
}
