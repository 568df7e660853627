import type { SaxesTagNS } from 'saxes';
import { maximumDepth } from '../json/json.js';
import { escapeText, withoutIllegal } from './escape.js';
import { htmlCharacter } from './html-entities.js';
import { xhtmlNamespace } from './namespaces.js';
import { tokenizer } from './tokenizer.js';

/** A narrative for an XML document, and what it had to leave out or show otherwise. */
export interface EmbeddedNarrative {
  readonly text: string;
  readonly loss?: string;
}

/**
 * The text of a narrative as it stands inside an XML document: as it is, if it is one well-formed `div`. Otherwise entities
 * of HTML become the characters they mean; of what cannot be read even so, the source is shown as text.
 */
export function embedNarrative(div: string): EmbeddedNarrative {
  const asIs = embed(div);
  if (typeof asIs === 'string') return { text: asIs };
  const repaired = withReadableEntities(withoutIllegal(div));
  const again = embed(repaired.text);
  const hasLoss = repaired.isLossy || withoutIllegal(div) !== div;
  if (typeof again === 'string') return { text: again, ...(hasLoss && { loss: asIs.fault }) };
  const source = escapeText(withoutIllegal(div));
  return { text: `<div xmlns="${xhtmlNamespace}">${source}</div>`, loss: again.fault };
}

/** Returns the reason why a narrative cannot stand in an XML document as it is; undefined if it can. */
export function narrativeFault(div: string): string | undefined {
  const embedded = embed(div);
  return typeof embedded === 'string' ? undefined : embedded.fault;
}

class Unreadable extends Error {
  constructor(readonly fault: string) {
    super(fault);
  }
}

const refuse = (fault: string): never => {
  throw new Unreadable(fault);
};

/** A `div` without a namespace gets that of XHTML, which it would have had to declare. */
function embed(div: string): string | Unreadable {
  const text = div.trim();
  try {
    if (!text.isWellFormed()) refuse('contains half of a surrogate pair');
    const { name, local, uri, ns } = readRoot(text);
    if (local === 'div' && uri === xhtmlNamespace) return text;
    if (name !== 'div' || ns[''] !== undefined) refuse(`is no div in the namespace ${xhtmlNamespace}`);
    return `<div xmlns="${xhtmlNamespace}"${text.slice('<div'.length)}`;
  } catch (error) {
    if (error instanceof Unreadable) return error;
    throw error;
  }
}

/** The root element of a text that is nothing but one element. */
function readRoot(text: string): SaxesTagNS {
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

const entity = /&(?:#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}));|([A-Za-z][A-Za-z0-9]{0,31});)?/g;
const ofXml: ReadonlySet<string> = new Set(['amp', 'lt', 'gt', 'quot', 'apos']);

/** The characters that entities of HTML mean; U+FFFD for what means none, and `&amp;` for an "&" that begins none. */
function withReadableEntities(div: string): { readonly text: string; readonly isLossy: boolean } {
  let isLossy = false;
  const lose = (): string => {
    isLossy = true;
    return '\ufffd';
  };
  const text = div.replace(entity, (written: string, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return ofXml.has(name) ? written : (htmlCharacter(name) ?? lose());
    if (hex === undefined && decimal === undefined) return '&amp;';
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point <= 0x10ffff && withoutIllegal(String.fromCodePoint(point)) === String.fromCodePoint(point)
      ? written
      : lose();
  });
  return { text, isLossy };
}
