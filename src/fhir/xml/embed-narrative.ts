import type { SaxesTagNS } from 'saxes';
import { maximumDepth } from '../model/json.js';
import { xhtmlNamespace } from './namespaces.js';
import { tokenizer } from './tokenizer.js';

type Refuse = (fact: string) => never;

/**
 * The text of a narrative as it stands inside an XML document: as it is, provided that it is one well-formed `div`. A
 * `div` without a namespace gets that of XHTML, which it would have had to declare.
 */
export function embedNarrative(div: string, refuse: Refuse): string {
  const text = div.trim();
  if (!text.isWellFormed()) refuse('contains half of a surrogate pair');
  const { name, local, uri, ns } = readRoot(text, refuse);
  if (local === 'div' && uri === xhtmlNamespace) return text;
  if (name !== 'div' || ns[''] !== undefined) refuse(`is no div in the namespace ${xhtmlNamespace}`);
  return `<div xmlns="${xhtmlNamespace}"${text.slice('<div'.length)}`;
}

/** The root element of a text that is nothing but one element. */
function readRoot(text: string, refuse: Refuse): SaxesTagNS {
  if (/^<[?!]/.test(text)) refuse('does not begin with a div');
  let root: SaxesTagNS | undefined;
  let depth = 0;
  const parser = tokenizer({
    open: (tag) => {
      root ??= tag;
      if (++depth > maximumDepth) refuse(`nests more than ${maximumDepth} levels deep`);
    },
    close: () => {
      if (--depth === 0 && parser.position < text.length) refuse('does not end with its div');
    },
    malformed: (fact) => refuse(`cannot be read as XHTML (${fact})`),
  });
  parser.write(text).close();
  return root!;
}
