import { type Document, isMap, isPair, isScalar, isSeq, type Node, type Pair, parseDocument, visit } from 'yaml';
import type { Path } from './json-schema.js';

/** Where something is being typed. */
export interface Place {
  /** The value that is typed, or the object that the name is typed in. */
  readonly path: Path;
  readonly isName: boolean;
  /** Within braces or brackets, where texts are quoted. */
  readonly isFlow: boolean;
  /** Names of members that are there. */
  readonly others: readonly string[];
  /** The word that is typed, with its quotation marks. */
  readonly from: number;
  readonly to: number;
}

/** In the place of the word that is typed: no policy has it. */
const mark = 'Lanyard0typed0here';

/** Place of a position in JSON or YAML that may be unfinished; undefined where it cannot be told. */
export function placeAt(text: string, position: number): Place | undefined {
  const range = wordAt(text, position);
  const marked = `${text.slice(0, range.from)}${mark}${text.slice(range.to)}`;
  const document = parseDocument(marked, { strict: false, uniqueKeys: false, logLevel: 'silent' });
  let found: Place | undefined;
  visit(document, {
    Scalar(key, node, ancestors) {
      if (node.value !== mark) return undefined;
      found = { ...placeOf(key === 'key', ancestors), ...range };
      return visit.BREAK;
    },
  });
  return found;
}

function wordAt(text: string, position: number): { readonly from: number; readonly to: number } {
  const [before = ''] = /[\w*.-]*$/.exec(text.slice(0, position)) ?? [];
  const [after = ''] = /^[\w*.-]*/.exec(text.slice(position)) ?? [];
  const from = position - before.length;
  const to = position + after.length;
  if (!opensQuote(text, from)) return { from, to };
  return { from: from - 1, to: text[to] === '"' ? to + 1 : to };
}

/** True behind a quotation mark that begins a text: an even number of them stands before it on its line. */
const opensQuote = (text: string, at: number): boolean =>
  text[at - 1] === '"' && text.slice(text.lastIndexOf('\n', at - 1) + 1, at).split('"').length % 2 === 0;

type Ancestors = readonly (Document | Node | Pair)[];

function placeOf(isName: boolean, ancestors: Ancestors): Omit<Place, 'from' | 'to'> {
  const holders = isName ? ancestors.slice(0, -1) : ancestors;
  const holder = holders.findLast((one) => isMap(one) || isSeq(one));
  return {
    path: pathTo(isName ? ancestors.slice(0, -1) : ancestors),
    isName,
    isFlow: isMap(holder) || isSeq(holder) ? holder.flow === true : false,
    others: isName && isMap(holder) ? holder.items.flatMap(nameOf).filter((name) => name !== mark) : [],
  };
}

function pathTo(ancestors: Ancestors): Path {
  return ancestors.flatMap((one, at): Path => {
    if (isPair(one)) return nameOf(one);
    if (!isSeq(one)) return [];
    const next = ancestors[at + 1];
    const index = one.items.indexOf(next);
    return [index < 0 ? 0 : index];
  });
}

const nameOf = (pair: unknown): readonly string[] =>
  isPair(pair) && isScalar(pair.key) && typeof pair.key.value === 'string' ? [pair.key.value] : [];
