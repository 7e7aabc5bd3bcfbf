import type { Texts } from './texts.ts';

const two = (value: number): string => String(value).padStart(2, '0');

/** DD/MM/YYYY HH:MM, local time. Takes what Date takes: ISO-8601 or milliseconds. */
export function formatearFecha(when: string | number): string {
  const date = new Date(when);
  return `${two(date.getDate())}/${two(date.getMonth() + 1)}/${date.getFullYear()} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** One string for each local day. */
export function dayOf(when: number): string {
  return formatearFecha(when).slice(0, 10);
}

export function dayTitle(when: number, texts: Texts, language: string): string {
  const day = dayOf(when);
  if (day === dayOf(Date.now())) return texts.today;
  const yesterday = new Date();
  yesterday.setDate(yesterday.getDate() - 1);
  if (day === dayOf(yesterday.getTime())) return texts.yesterday;
  const sameYear = new Date(when).getFullYear() === new Date().getFullYear();
  return new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long', ...(sameYear ? {} : { year: 'numeric' }) }).format(when);
}

/** For the list: the time today, the date before. */
export function shortTime(when: number): string {
  const full = formatearFecha(when);
  return full.slice(0, 10) === dayOf(Date.now()) ? full.slice(11) : full.slice(0, 5);
}
