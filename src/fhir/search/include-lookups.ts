import { isResourceType } from '../model/resource-types.js';
import type { Include, IncludeLink } from './include.js';
import { unitSeparator } from './index-values.js';

/** A row whose references are followed. */
export interface LinkedRow {
  readonly type: string;
  readonly id: string;
  /** Its index entries of the codes of {@link linkCodes}. */
  readonly links: readonly string[];
}

/** What to look for among the rows of one type: ids, or any of the index entries. */
export interface Lookup {
  readonly ids: ReadonlySet<string>;
  readonly entries: ReadonlySet<string>;
}

const localTarget = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/;
const url = 'url';

/** The codes of the index entries that the includes are read from. */
export function linkCodes(includes: readonly Include[]): readonly string[] {
  const codes = includes.flatMap(({ kind, links }) =>
    kind === 'include' ? links.map(({ parameter }) => parameter) : links.some(({ byUrl }) => byUrl) ? [url] : [],
  );
  return [...new Set(codes)].toSorted();
}

/** What the includes of the rows lead to, by type. References to other servers lead nowhere. */
export function findLookups(rows: readonly LinkedRow[], includes: readonly Include[]): ReadonlyMap<string, Lookup> {
  const collector = new LookupCollector();
  for (const { kind, links } of includes) {
    const follow = kind === 'include' ? collector.forward : collector.reverse;
    for (const link of links) for (const row of rows) follow(row, link);
  }
  return collector.lookups;
}

class LookupCollector {
  readonly lookups = new Map<string, { readonly ids: Set<string>; readonly entries: Set<string> }>();

  readonly forward = (row: LinkedRow, link: IncludeLink): void => {
    if (row.type !== link.type) return;
    for (const reference of valuesOf(row, link.parameter)) this.followReference(reference, link);
  };

  readonly reverse = (row: LinkedRow, link: IncludeLink): void => {
    if (!link.targets.has(row.type)) return;
    const { entries } = this.of(link.type);
    entries.add(entryOf(link.parameter, `${row.type}/${row.id}`));
    if (link.byUrl) for (const one of valuesOf(row, url)) entries.add(entryOf(link.parameter, one));
  };

  private followReference(reference: string, { targets, byUrl }: IncludeLink): void {
    const [, type = '', id = ''] = localTarget.exec(reference) ?? [];
    if (isResourceType(type)) {
      if (targets.has(type)) this.of(type).ids.add(id);
    } else if (byUrl && reference.includes(':')) {
      for (const target of targets) this.of(target).entries.add(entryOf(url, reference));
    }
  }

  private of(type: string) {
    let lookup = this.lookups.get(type);
    if (!lookup) this.lookups.set(type, (lookup = { ids: new Set(), entries: new Set() }));
    return lookup;
  }
}

const entryOf = (code: string, value: string): string => code + unitSeparator + value;

function valuesOf({ links }: LinkedRow, code: string): readonly string[] {
  const start = entryOf(code, '');
  return links.filter((entry) => entry.startsWith(start)).map((entry) => entry.slice(start.length));
}
