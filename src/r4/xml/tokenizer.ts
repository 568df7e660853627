import { SaxesParser, type SaxesTagNS } from 'saxes';
import { printable } from '../errors/request-errors.js';

/** XML 1.0 with namespaces. No DTD is ever followed: entities are the five of XML, whatever a document declares. */
const options = { xmlns: true, position: false, defaultXMLVersion: '1.0', forceXMLVersion: true } as const;

/** No element of FHIR or XHTML has that many; the tokenizer collects them all before we see one. */
const maximumAttributes = 1000;

interface Events {
  readonly open: (tag: SaxesTagNS) => void;
  readonly close: (tag: SaxesTagNS) => void;
  readonly malformed: (fact: string) => never;
  /** Takes text, that of CDATA included. */
  readonly text?: (text: string) => void;
}

/** A parser that is ready for one text. Each listener is a property: V8 makes a slow object of a parser with seven. */
export function tokenizer({ open, close, malformed, text }: Events): SaxesParser<typeof options> {
  const parser = new SaxesParser(options);
  let attributes = 0;
  parser.on('opentag', (tag) => {
    attributes = 0;
    open(tag);
  });
  parser.on('closetag', close);
  parser.on('error', ({ message }) => malformed(factOf(message)));
  parser.on('attribute', () => {
    if (++attributes > maximumAttributes) malformed(`more than ${maximumAttributes} attributes in one element`);
  });
  if (text) {
    parser.on('text', text);
    parser.on('cdata', text);
  }
  return parser;
}

function factOf(message: string): string {
  const fact = printable(message.replace(/\.$/, ''));
  if (!message.startsWith('undefined entity')) return fact;
  return `${fact}; only &amp; &lt; &gt; &quot; &apos; and numbers such as &#160; are read`;
}
