import { lexer, type Token, type Tokens } from 'marked';
import { Html, html } from '../html.js';

/** A document as a page shows it. */
export interface RenderedMarkdown {
  /** Text of the first heading. */
  readonly title: string;
  /** Everything after it. */
  readonly content: Html;
}

export interface MarkdownLinks {
  /** Address of a link on a page; undefined: the label stands without one. */
  readonly toAddress: (address: string) => string | undefined;
  /** Address of a text that is set as code; undefined for most. */
  readonly ofCode: (code: string) => string | undefined;
}

/** Renders Markdown of ours. HTML in it is left out, and of attributes there are those that are written here. */
export function renderMarkdown(text: string, links: MarkdownLinks): RenderedMarkdown {
  const [first, ...others] = lexer(text);
  const isTitled = first?.type === 'heading';
  const rest = isTitled || first === undefined ? others : [first, ...others];
  return {
    title: isTitled ? (first as Tokens.Heading).text : '',
    content: html`${rest.map(new Rendering(links).block)}`,
  };
}

class Rendering {
  constructor(private readonly links: MarkdownLinks) {}

  readonly block = (token: Token): Html | string => {
    switch (token.type) {
      case 'heading':
        return this.heading(token as Tokens.Heading);
      case 'paragraph':
        return html`<p>${this.line(token.tokens)}</p>`;
      case 'text':
        return this.line(token.tokens ?? [token]);
      case 'list':
        return this.list(token as Tokens.List);
      case 'table':
        return this.table(token as Tokens.Table);
      case 'code':
        return codeBlock(token.text as string);
      default:
        return '';
    }
  };

  private line(tokens: readonly Token[] = []): Html {
    return new Html(tokens.map((token) => html`${this.mark(token)}`.text).join(''));
  }

  private mark(token: Token): Html | string {
    switch (token.type) {
      case 'codespan':
        return this.code(token.text as string);
      case 'strong':
        return html`<strong>${this.line(token.tokens)}</strong>`;
      case 'em':
        return html`<em>${this.line(token.tokens)}</em>`;
      case 'link':
        return this.link(token as Tokens.Link);
      case 'html':
        return '';
      default:
        return (token as Tokens.Text).text;
    }
  }

  private heading({ depth, text, tokens }: Tokens.Heading): Html {
    const content = html`${this.line(tokens)}`;
    return depth <= 2 ? html`<h2 id="${slugOf(text)}">${content}</h2>` : html`<h3 id="${slugOf(text)}">${content}</h3>`;
  }

  private list({ ordered, items }: Tokens.List): Html {
    const content = items.map(({ tokens }) => html`<li>${tokens.map(this.block)}</li>`);
    return ordered
      ? html`<ol>
          ${content}
        </ol>`
      : html`<ul>
          ${content}
        </ul>`;
  }

  /** Scrolls by itself where the screen is narrow. */
  private table({ header, rows }: Tokens.Table): Html {
    return html`<div class="wide" tabindex="0">
      <table>
        <thead>
          <tr>
            ${header.map(({ tokens, text }) => (text === '' ? html`<td></td>` : html`<th scope="col">${this.line(tokens)}</th>`))}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (cells) =>
              html`<tr>
                ${cells.map(({ tokens }, at) => (at === 0 ? html`<th scope="row">${this.line(tokens)}</th>` : html`<td>${this.line(tokens)}</td>`))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  private code(text: string): Html {
    const address = this.links.ofCode(text);
    return address === undefined ? html`<code>${text}</code>` : html`<a href="${address}"><code>${text}</code></a>`;
  }

  private link({ href, tokens }: Tokens.Link): Html {
    const address = this.links.toAddress(href);
    return address === undefined ? this.line(tokens) : html`<a href="${address}">${this.line(tokens)}</a>`;
  }
}

/** Not in a template that a formatter may indent. */
export const codeBlock = (text: string): Html => new Html(`<pre tabindex="0">${html`${text}`.text}</pre>`);

const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
