import { Html, html } from './html.js';

/** The marks of Markdown that our texts use. */
const marks = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

/** `code`, **strong**, *emphasis* and [links](address) of a text of ours; `linkTo` turns addresses into those of a page. */
export function inlineMarks(text: string, linkTo: (address: string) => string = (same) => same): Html {
  const parts: string[] = [];
  let at = 0;
  for (const match of text.matchAll(marks)) {
    const [whole, code, strong, emphasis, label, address] = match;
    parts.push(html`${text.slice(at, match.index)}`.text);
    if (code !== undefined) parts.push(html`<code>${code}</code>`.text);
    else if (strong !== undefined) parts.push(html`<strong>${strong}</strong>`.text);
    else if (emphasis !== undefined) parts.push(html`<em>${emphasis}</em>`.text);
    else parts.push(html`<a href="${linkTo(address!)}">${label!}</a>`.text);
    at = match.index + whole.length;
  }
  return new Html(parts.join('') + html`${text.slice(at)}`.text);
}
