/** Just as much of a document as the page's script touches, made from the page's text. */
class MinimalElement {
  className = '';
  value = '';
  children: MinimalElement[] = [];
  private own = '';
  private readonly listeners: (() => void)[] = [];

  get textContent(): string {
    return this.own + this.children.map((child) => child.textContent).join('');
  }

  set textContent(text: string) {
    this.children = [];
    this.own = text;
  }

  append(...children: MinimalElement[]): void {
    this.children.push(...children);
  }

  replaceChildren(...children: MinimalElement[]): void {
    this.own = '';
    this.children = children;
  }

  addEventListener(_: 'input', listener: () => void): void {
    this.listeners.push(listener);
  }

  input(value: string): void {
    this.value = value;
    for (const listener of this.listeners) listener();
  }

  /** The texts of the innermost elements. */
  texts(): string[] {
    return this.children.length === 0 ? [this.own] : this.children.flatMap((child) => child.texts());
  }
}

export class MinimalDocument {
  /** The script ended with an error. */
  failed = false;
  private readonly elements = new Map<string, MinimalElement>();

  static of(page: string): MinimalDocument {
    const document = new MinimalDocument();
    for (const [, id, content] of page.matchAll(/<(?:[a-z]+)[^>]* id="([^"]+)"[^>]*>([^<]*)/g)) {
      const element = new MinimalElement();
      element.textContent = content as string;
      document.elements.set(id as string, element);
    }
    // What stands in the places of the verdict before the script has run.
    for (const [, lang, text] of page.matchAll(/id="verdict-(fr|en)" class="refused"><strong>([^<]+)/g)) {
      (document.elements.get(`verdict-${lang}`) as MinimalElement).textContent = text as string;
    }
    return document;
  }

  getElementById(id: string): MinimalElement | null {
    return this.elements.get(id) ?? null;
  }

  createElement(): MinimalElement {
    return new MinimalElement();
  }

  /** Of an element, its innermost texts, with a bar between them. */
  text(id: string): string {
    return (this.elements.get(id) as MinimalElement).texts().filter(Boolean).join('|');
  }

  type(id: string, value: string): void {
    (this.elements.get(id) as MinimalElement).input(value);
  }
}
