/** Builds elements. Text becomes text nodes and nothing else: there is no path from a string to HTML. */

type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | boolean | null | undefined | ((event: Event) => void)>;

/** Attributes starting with `on` are listeners; `true` is an attribute without a value. */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (typeof value === 'string') element.setAttribute(name, value);
  }
  put(element, ...children);
  return element;
}

export function put(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...children.filter((child): child is Node | string => !!child || child === ''));
}

const SVG = 'http://www.w3.org/2000/svg';

/** A line icon of 24 by 24, decorative. */
export function icon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icono');
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

export const ICONS = {
  back: 'M15 5l-7 7 7 7',
  send: 'M4 12l16-8-6 16-3-6-7-2z',
  down: 'M12 5v14m-6-6l6 6 6-6',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zm5 12l4 4',
  clock: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 4v4l3 2',
  check: 'M5 13l4 4L19 7',
  checks: 'M2 13l4 4L15 7m-4 9l1 1L22 7',
  alert: 'M12 4L3 20h18L12 4zm0 6v5m0 2v.5',
  out: 'M14 4h5v16h-5M10 8l-4 4 4 4m-4-4h10',
  chat: 'M4 5h16v11H9l-5 4V5z',
  cloudOff: 'M4 4l16 16M8 8a6 6 0 0 0-3 11h12M11 6.5A6 6 0 0 1 17.5 11 4 4 0 0 1 20 17',
  lock: 'M6 11h12v9H6v-9zm2 0V8a4 4 0 0 1 8 0v3',
  people: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zm-6 9a6 6 0 0 1 12 0m1-9.5a3 3 0 1 0-1-6m2 9a5 5 0 0 1 4 5.500',
} as const;
