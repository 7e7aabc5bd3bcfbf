import * as api from './api.ts';
import { App } from './app.ts';
import { el } from './dom.ts';

/** One conversation, with support. */
export class UserApp extends App {
  readonly root = el('main', { class: 'container una' }, this.view.root, this.composer.form);

  start(): void {
    this.open(this.thread(this.profile.user));
    const thread = this.active!;
    // Until the first answer there is something to wait for.
    thread.loading = true;
    this.view.render();
    this.composer.input.focus();
  }

  protected async refresh(quiet = false): Promise<void> {
    const thread = this.thread(this.profile.user);
    try {
      const page = await api.conversations(null);
      page.conversations.forEach((conversation) => thread.summary(conversation));
      thread.partial = !page.complete;
      thread.failed = false;
    } catch {
      if (quiet) return;
      thread.failed = true;
      thread.loading = false;
      this.view.render();
      return;
    }
    thread.loading = false;
    await this.load(thread, quiet);
    this.renderAround();
  }

  protected renderAround(): void {
    const thread = this.thread(this.profile.user);
    this.title(document.hidden || !this.view.isAtEnd ? thread.unread : 0);
  }
}
