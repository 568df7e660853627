import { readDefinitions } from './definitions.js';

/** The codes a required binding allows. */
export interface ValueSetCodes {
  readonly url: string;
  /** Codes of every system: a `code` element has no system. */
  readonly codes: ReadonlySet<string>;
  readonly systems: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Code system → codes; or the reason why they are not known. */
type Expansion = Readonly<Record<string, readonly string[]>> | string;

let definitions: Readonly<Record<string, Expansion>> | undefined;
const cache = new Map<string, ValueSetCodes | undefined>();

/** Undefined for the few value sets that HL7's content does not list; {@link uncheckedValueSets} has the reasons. */
export function valueSetCodes(url: string): ValueSetCodes | undefined {
  if (cache.has(url)) return cache.get(url);
  const expansion = load()[url];
  const found = expansion === undefined || typeof expansion === 'string' ? undefined : codesOf(url, expansion);
  cache.set(url, found);
  return found;
}

/** Canonical → reason, of the value sets of required bindings that are not checked. */
export const uncheckedValueSets = (): ReadonlyMap<string, string> =>
  new Map(Object.entries(load()).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));

const load = (): Readonly<Record<string, Expansion>> =>
  (definitions ??= readDefinitions('value-sets.json') as Record<string, Expansion>);

function codesOf(url: string, expansion: Readonly<Record<string, readonly string[]>>): ValueSetCodes {
  const systems = new Map(Object.entries(expansion).map(([system, codes]) => [system, new Set(codes)]));
  return { url, codes: new Set(Object.values(expansion).flat()), systems };
}
