import { el, icon, ICONS, put } from './dom.ts';
import { fill } from './texts.ts';
import type { Texts } from './texts.ts';

/** From here on the rest is counted. */
const COUNT_FROM = 200;

/** The form: one line of text, and the button. Leaves the text alone unless it was taken. */
export class Composer {
  readonly form: HTMLFormElement;
  readonly input: HTMLInputElement;
  /** Whom it goes to, for administrators. */
  readonly target: HTMLInputElement | undefined;
  private readonly note = el('p', { class: 'nota', id: 'nota', 'aria-live': 'polite', hidden: true });
  private readonly button: HTMLButtonElement;
  private codePointsMax = Infinity;

  /** @param submit returns why the text was not taken, or nothing */
  constructor(
    private readonly texts: Texts,
    withTarget: boolean,
    private readonly submit: (text: string) => string | undefined,
    private readonly changed: (text: string) => void,
  ) {
    this.input = el('input', {
      type: 'text',
      id: 'mensaje',
      class: 'form-control',
      placeholder: texts.message,
      required: true,
      autocomplete: 'off',
      enterkeyhint: 'send',
      'aria-label': texts.messageLabel,
      'aria-describedby': 'nota',
      dir: 'auto',
      oninput: () => this.typed(),
    });
    this.button = el('button', { type: 'submit', class: 'btn btn-primary' }, el('span', {}, texts.send), icon(ICONS.send));
    this.target = withTarget ? el('input', { type: 'hidden', id: 'usuarioActual' }) : undefined;
    this.form = el('form', { id: 'formulario', class: 'formulario', novalidate: true, onsubmit: (event) => this.submitted(event) }, this.target, this.input, this.button, this.note);
  }

  limit(codePointsMax: number): void {
    this.codePointsMax = codePointsMax;
  }

  /** Another conversation's draft. */
  fill(text: string, label: string): void {
    this.input.value = text;
    this.input.setAttribute('aria-label', label);
    this.say('');
  }

  enable(enabled: boolean): void {
    this.input.disabled = this.button.disabled = !enabled;
  }

  say(problem: string): void {
    this.note.hidden = !problem;
    put(this.note, problem);
    this.input.setAttribute('aria-invalid', String(!!problem));
  }

  private typed(): void {
    const left = this.codePointsMax - [...this.input.value].length;
    if (left < 0) this.say(fill(this.texts.tooLong, -left));
    else {
      this.say('');
      if (left <= COUNT_FROM) {
        this.note.hidden = false;
        put(this.note, fill(this.texts.left, left));
      }
    }
    this.changed(this.input.value);
  }

  private submitted(event: Event): void {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text) return;
    const excess = [...text].length - this.codePointsMax;
    const problem = excess > 0 ? fill(this.texts.tooLong, excess) : this.submit(text);
    if (problem) return this.say(problem);
    this.input.value = '';
    this.say('');
    this.changed('');
  }
}
