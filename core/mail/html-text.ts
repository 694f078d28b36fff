import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';
import { MAX_HTML_LENGTH } from './limits.ts';
import { TextLayout } from './text-layout.ts';

/**
 * The text of an HTML body, for PR_BODY: what clients preview and search. Laid
 * out as clients are used to (observed on 11.0.2). Reads tokens only, no tree, so that
 * a million open elements cost no more than a million letters.
 */
export function htmlToText(html: string): string {
  const reader = new HtmlReader(html.slice(0, MAX_HTML_LENGTH));
  return reader.read();
}

/** Elements whose text is not shown. */
const HIDDEN: ReadonlySet<string> = new Set(['head', 'script', 'style']);
/** Elements whose address is shown, and the attribute that has it. */
const ADDRESSED: Readonly<Record<string, string>> = { a: 'href', img: 'src' };
/** Only these addresses are worth reading; the rest is tracking and styling (observed on 11.0.2). */
const SHOWN_ADDRESS = /^(?:http|ftp|mailto):/i;

class HtmlReader implements TokenizerCallbacks {
  readonly #html: string;
  readonly #layout = new TextLayout();
  readonly #hidden = new Set<string>();
  readonly #links: string[] = [];
  #element = '';
  #attribute = '';
  #value = '';
  #address = '';

  constructor(html: string) {
    this.#html = html;
  }

  read(): string {
    const tokenizer = new Tokenizer({ decodeEntities: true }, this);
    tokenizer.write(this.#html);
    tokenizer.end();
    return this.#layout.finish();
  }

  ontext(start: number, end: number): void {
    if (this.#hidden.size === 0) this.#layout.text(this.#html.slice(start, end));
  }

  ontextentity(codePoint: number): void {
    if (this.#hidden.size === 0) this.#layout.character(String.fromCodePoint(codePoint));
  }

  onopentagname(start: number, end: number): void {
    this.#element = this.#html.slice(start, end).toLowerCase();
    this.#address = '';
  }

  onattribname(start: number, end: number): void {
    this.#attribute = this.#html.slice(start, end).toLowerCase();
    this.#value = '';
  }

  onattribdata(start: number, end: number): void {
    if (this.#isAddress()) this.#value += this.#html.slice(start, end);
  }

  onattribentity(codePoint: number): void {
    if (this.#isAddress()) this.#value += String.fromCodePoint(codePoint);
  }

  onattribend(): void {
    if (this.#isAddress()) this.#address = this.#value;
  }

  onopentagend(): void {
    this.#open();
  }

  onselfclosingtag(): void {
    this.#open();
  }

  onclosetag(start: number, end: number): void {
    const element = this.#html.slice(start, end).toLowerCase();
    this.#hidden.delete(element);
    if (this.#hidden.size > 0) return;
    if (element === 'a') this.#showAddress(this.#links.pop() ?? '');
    this.#layout.close(element);
  }

  oncdata(): void {}
  oncomment(): void {}
  ondeclaration(): void {}
  onend(): void {}
  onprocessinginstruction(): void {}

  #isAddress(): boolean {
    return ADDRESSED[this.#element] === this.#attribute;
  }

  #open(): void {
    if (HIDDEN.has(this.#element)) this.#hidden.add(this.#element);
    if (this.#hidden.size > 0) return;
    if (this.#element === 'a') this.#links.push(this.#address);
    if (this.#element === 'img') this.#showAddress(this.#address);
    this.#layout.open(this.#element);
  }

  #showAddress(address: string): void {
    if (SHOWN_ADDRESS.test(address)) this.#layout.address(address);
  }
}
