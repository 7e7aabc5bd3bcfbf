import { el } from './dom.ts';

const CANDIDATE = /\bhttps?:\/\/[^\s<>"'`{}|\\^]+/gi;
/** Belongs to the sentence, not to the address. */
const TRAILING = /[.,;:!?)\]]+$/;

/** A message as nodes: text, and links where an http or https address stands. Nothing else becomes a link. */
export function withLinks(text: string): Node[] {
  const nodes: Node[] = [];
  let from = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const address = match[0].replace(TRAILING, '');
    const url = parse(address);
    if (!url) continue;
    nodes.push(document.createTextNode(text.slice(from, match.index)));
    nodes.push(el('a', { href: url, rel: 'noopener nofollow noreferrer', target: '_blank' }, address));
    from = match.index + address.length;
  }
  nodes.push(document.createTextNode(text.slice(from)));
  return nodes.filter((node) => node.textContent);
}

function parse(address: string): string | null {
  try {
    const url = new URL(address);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}
