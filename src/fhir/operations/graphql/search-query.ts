import type { SearchOffer } from '../../../r4/search/parameters/search-offer.js';
import { argumentName } from './argument-check.js';
import { InvalidQuery, quoted, unknownName } from './query-errors.js';
import type { Arguments } from './read-arguments.js';

/** A search that a field asks for. */
export interface AskedSearch {
  readonly type: string;
  readonly query: URLSearchParams;
  /** Matches before the page, as far as the cursor says. */
  readonly offset: number;
  /** Reference that matches have to the resource that the search stands in; not in the query. */
  readonly link?: SearchLink;
}

/** Condition of a search within a resource: its matches refer to that resource. */
export interface SearchLink {
  /** Code of the search parameter. */
  readonly code: string;
  /** `Type/id` */
  readonly target: string;
}

/** The query of a search within resources, whichever of them its matches refer to. */
export function linkedQuery({ query }: AskedSearch, code: string, targets: readonly string[]): URLSearchParams {
  const linked = new URLSearchParams(query);
  linked.append(code, targets.join(','));
  return linked;
}

/** Arguments that are no criteria. */
const notSent: ReadonlySet<string> = new Set(['fhirpath', '_reference', '_count']);

/** The search of REST that arguments mean; `target`: the resource that matches refer to. */
export function searchOf(
  { type, args, path }: { readonly type: string; readonly args: Arguments; readonly path: string },
  offer: SearchOffer,
  target?: string,
): AskedSearch {
  const cursor = args.get('_cursor') ?? args.get('cursor');
  if (cursor !== undefined) return openCursor(path, type, String(cursor));
  const codes = new Map(offer.for(type).map(({ code }) => [argumentName(code), code]));
  const query = new URLSearchParams();
  for (const [name, value] of args) {
    if (notSent.has(name)) continue;
    query.append(codes.get(name) ?? name, typeof value === 'string' ? value : value.map(escaped).join(','));
  }
  if (target === undefined) return { type, query, offset: 0 };
  return { type, query, offset: 0, link: { code: linkOf(path, type, String(args.get('_reference')), offer), target } };
}

/** Commas of REST stand between alternatives. */
const escaped = (text: string): string => text.replace(/[\\,]/g, '\\$&');

function linkOf(path: string, type: string, name: string, offer: SearchOffer): string {
  const links = offer.for(type).filter((one) => one.type === 'reference');
  const found = links.find(({ code }) => argumentName(code) === argumentName(name));
  if (found) return found.code;
  const offered = links.map(({ code }) => argumentName(code));
  throw unknownName(`${path}: ${quoted(name)} is no search parameter of ${type} that refers.`, name, offered);
}

/** Parameters of REST that shape a Bundle, which is none of the answer here. */
const shaping = /^_(?:contained|containedType|elements|explain|format|include|pretty|revinclude|summary)\b/;

/** A cursor is a query of REST with its page link, which is sealed. */
export const cursorOf = ({ type, offset }: Omit<AskedSearch, 'query'>, link: string): string =>
  `${type}:${offset}:${link.split('?').slice(1).join('?')}`;

function openCursor(path: string, type: string, cursor: string): AskedSearch {
  const [, of, offset, text] = /^([A-Za-z]+):(\d{1,9}):(.*)$/s.exec(cursor) ?? [];
  const query = new URLSearchParams(text);
  if (of === type && query.has('_cursor') && ![...query.keys()].some((name) => shaping.test(name)))
    return { type, offset: Number(offset), query };
  throw new InvalidQuery(`${path}: the cursor is none that an answer to this search had. Start again without it.`);
}
