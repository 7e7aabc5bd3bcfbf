import { connect } from '../client/index.ts';
import { AdminApp } from './admin-app.ts';
import * as api from './api.ts';
import { el, icon, ICONS, put } from './dom.ts';
import { Drafts } from './drafts.ts';
import { StatusView } from './status-view.ts';
import { textsFor } from './texts.ts';
import type { Texts } from './texts.ts';
import { UserApp } from './user-app.ts';

/** Who looks at the page: what the server wrote into its body. */
export interface Profile {
  readonly user: string;
  readonly name: string;
  readonly isAdmin: boolean;
  readonly language: string;
  readonly signIn: string;
}

function profile({ user = '', name = '', role = 'user', lang = 'es', signIn = '' }: DOMStringMap): Profile {
  return { user, name, isAdmin: role === 'admin', language: lang, signIn };
}

function header(who: Profile, texts: Texts, status: StatusView, signOut: () => void): HTMLElement {
  const language = new URL(location.href);
  language.searchParams.set('lang', who.language === 'en' ? 'es' : 'en');
  return el(
    'header',
    { class: 'cabecera' },
    el('h1', {}, el('span', { class: 'logo' }, icon(ICONS.chat)), el('span', {}, texts.title)),
    status.pill,
    el('p', { class: 'quien', id: 'conectado', title: who.name }, `${texts.connectedAs} `, el('strong', {}, who.user), ` (${who.isAdmin ? 'admin' : 'user'})`),
    el('a', { class: 'btn discreto', href: language.href, lang: who.language === 'en' ? 'es' : 'en', title: texts.languageTitle }, texts.language),
    el('button', { type: 'button', class: 'btn discreto', id: 'salir', onclick: signOut }, icon(ICONS.out), el('span', {}, texts.signOut)),
  );
}

function start(): void {
  const who = profile(document.body.dataset);
  const texts = textsFor(who.language);
  const chat = connect({ urls: [location.origin.replace(/^http/, 'ws') + '/ws'], watchAll: true });
  const status = new StatusView(texts, who.signIn, { tryNow: () => chat.hurry(), serverTime: () => chat.serverTime, reload: () => location.reload() });
  chat.on('state', (state) => status.become(state));
  chat.on('expiring', ({ expiresAt }) => status.expiring(expiresAt));
  chat.on('extended', () => status.expiring(0));
  chat.on('welcome', () => status.expiring(0));
  const app = who.isAdmin ? new AdminApp(chat, who, texts) : new UserApp(chat, who, texts);
  const signOut = async (): Promise<void> => {
    if (chat.pending().length && !confirm(texts.leaving)) return;
    try {
      await api.signOut();
    } catch {
      // Whoever leaves the machine now must know that the next one is still in.
      return status.problem(texts.signOutFailed);
    }
    chat.close();
    new Drafts(who.user).forget();
    location.assign('/soporte');
  };
  put(document.body, header(who, texts, status, () => void signOut()), status.bar, app.root, app.announcer);
  app.start();
}

start();
