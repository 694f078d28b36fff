/*
 * Lays out the text of HTML elements as plain text, the way the genuine clients
 * do (observed on 11.0.2): empty lines around paragraphs, tabs between cells
 * and before list items, addresses in angle brackets.
 */

interface List {
  readonly ordered: boolean;
  readonly definitions: boolean;
  count: number;
}

const RULE = '-'.repeat(32);
const LINE_END = '\r\n';
/** Tabs before an item of a list within lists; more say nothing more. */
const MAX_INDENTATION = 32;

export class TextLayout {
  /** Joined at the end only: looking at a string that grows copies it every time. */
  readonly #pieces: string[] = [];
  readonly #lists: List[] = [];
  /** Of each open table row, whether its first cell is still to come. */
  readonly #rows: boolean[] = [];
  #empty = true;
  #lineEnds = 0;
  #inCell = false;
  #preformatted = false;
  #inText = false;
  #spaceDue = false;

  /** Text between elements: runs of white space are one space, unless preformatted. */
  text(text: string): void {
    if (this.#preformatted) this.#preformattedText(text);
    else this.#flowingText(text);
  }

  #flowingText(text: string): void {
    for (const token of text.match(/[\r\n\t]+| +|[^\r\n\t ]+/g) ?? []) {
      const first = token.charCodeAt(0);
      if (first === 0x20) {
        this.#inText = true;
        this.#space();
      } else if (first === 0x0a || first === 0x0d || first === 0x09) {
        this.#spaceDue = this.#inText && !this.#inCell && !token.endsWith('\t');
      } else {
        this.#words(token);
      }
    }
  }

  /** A character that was written as an entity; never collapsed. */
  character(character: string): void {
    this.#words(character);
  }

  /** An address in angle brackets. */
  address(address: string): void {
    this.#space();
    this.#write(`<${address}>`);
    this.#space();
    this.#lineEnds = 0;
    this.#inCell = false;
  }

  open(element: string): void {
    switch (element) {
      case 'p':
        if (this.#lineEnds < 2 && !this.#inCell) this.#paragraph();
        break;
      case 'br':
        this.#lineEnd(true);
        break;
      case 'div':
        this.#lineEnd(false);
        break;
      case 'pre':
        this.#preformatted = true;
        this.#paragraph();
        break;
      case 'h1':
      case 'h2':
      case 'h3':
      case 'h4':
      case 'h5':
      case 'h6':
        this.#paragraph();
        break;
      case 'hr':
        this.#lineEnd(false);
        this.#write(RULE);
        this.#lineEnd(true);
        break;
      case 'tr':
        this.#lineEnd(false);
        this.#rows.push(true);
        break;
      case 'td':
      case 'th':
        this.#cell();
        break;
      case 'ol':
        this.#lists.push({ ordered: true, definitions: false, count: 0 });
        break;
      case 'ul':
        this.#lists.push({ ordered: false, definitions: false, count: 0 });
        break;
      case 'dl':
        this.#lists.push({ ordered: false, definitions: true, count: 0 });
        break;
      case 'li':
        this.#item();
        break;
      case 'dt':
        this.#lineEnd(false);
        this.#indent(this.#lists.length - 1);
        break;
      case 'dd':
        this.#lineEnd(false);
        this.#indent(this.#lists.length);
        break;
      case 'a':
      case 'img':
        break;
      default:
        return;
    }
    this.#inText = false;
  }

  close(element: string): void {
    switch (element) {
      case 'p':
        this.#paragraph();
        break;
      case 'pre':
        this.#preformatted = false;
        this.#paragraph();
        break;
      case 'div':
        this.#lineEnd(false);
        break;
      case 'tr':
        this.#rows.pop();
        break;
      case 'ol':
      case 'ul':
      case 'dl':
        this.#lists.pop();
        this.#lineEnd(false);
        break;
      case 'a':
      case 'head':
      case 'script':
      case 'style':
        break;
      default:
        return;
    }
    this.#inText = false;
  }

  /** The whole text; white space at its end is at most one line end. */
  finish(): string {
    const text = this.#pieces.join('');
    const end = text.trimEnd();
    return text.includes('\n', end.length) ? end + LINE_END : end;
  }

  #preformattedText(text: string): void {
    const parts = text.replace(/\r\n?/g, '\n').split('\n');
    for (const [index, part] of parts.entries()) {
      if (index > 0) this.#lineEnd(true);
      if (part !== '') this.#words(part);
    }
  }

  #words(words: string): void {
    if (this.#inText && this.#spaceDue) this.#space();
    this.#spaceDue = false;
    this.#inText = true;
    this.#write(words);
    this.#lineEnds = 0;
    this.#inCell = false;
  }

  #write(text: string): void {
    this.#pieces.push(text);
    this.#empty = false;
  }

  /** One space, unless there is one or nothing before it. */
  #space(): void {
    if (this.#empty || this.#pieces.at(-1)?.endsWith(' ')) return;
    this.#write(' ');
    this.#lineEnds = 0;
    this.#inCell = false;
  }

  #paragraph(): void {
    this.#lineEnd(false);
    this.#lineEnd(true);
  }

  /** Ends a line; unless forced, only one that has begun. */
  #lineEnd(forced: boolean): void {
    if (this.#empty) return;
    if (forced || this.#lineEnds === 0) {
      this.#trim();
      this.#pieces.push(LINE_END);
    }
    this.#lineEnds++;
  }

  /** Takes away the spaces and tabs at the end. */
  #trim(): void {
    for (let last = this.#pieces.pop(); last !== undefined; last = this.#pieces.pop()) {
      let end = last.length;
      while (end > 0 && (last[end - 1] === ' ' || last[end - 1] === '\t')) end--;
      if (end === 0) continue;
      this.#pieces.push(last.slice(0, end));
      return;
    }
  }

  #cell(): void {
    const row = this.#rows.length - 1;
    if (this.#rows[row]) this.#rows[row] = false;
    else {
      this.#write('\t');
      this.#lineEnds = 0;
    }
    this.#inCell = true;
  }

  #item(): void {
    this.#lineEnd(false);
    const list = this.#lists.at(-1);
    if (!list) return;
    this.#indent(this.#lists.length - 1);
    this.#write(list.ordered ? `${++list.count}.\t` : '*\t');
    this.#lineEnds = 0;
    this.#inCell = false;
  }

  #indent(depth: number): void {
    if (this.#lists.length > 0) this.#write('\t'.repeat(Math.min(depth, MAX_INDENTATION)));
  }
}
