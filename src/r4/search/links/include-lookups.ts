import { grouped } from '../../model/grouped.js';
import { isResourceType } from '../../model/resource-types.js';
import type { Include, IncludeLink } from './include.js';
import { unitSeparator } from '../index/index-values.js';

/** A row whose references are followed. */
export interface LinkedRow {
  readonly type: string;
  readonly id: string;
  /** Its index entries of the codes of {@link linkCodes}. */
  readonly links?: readonly string[];
}

/** Rows of one type to look for: by id, by any of the index entries, or by the resources that they refer to. */
export interface Lookup {
  readonly ids: ReadonlySet<string>;
  readonly entries: ReadonlySet<string>;
  readonly referrers: readonly Referrers[];
}

/** Any of the parameters, by code, refers to any of the resources: each with each is for PostgreSQL to put together. */
export interface Referrers {
  readonly codes: readonly string[];
  /** `Type/id` */
  readonly targets: readonly string[];
}

interface Found {
  readonly ids: Set<string>;
  readonly entries: Set<string>;
  readonly referrers: Referrers[];
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

/** Returns the rows that the includes lead to, by type. References to other servers lead nowhere. */
export function findLookups(rows: readonly LinkedRow[], includes: readonly Include[]): ReadonlyMap<string, Lookup> {
  const collector = new LookupCollector();
  for (const { kind, links } of includes) {
    if (kind === 'include') for (const link of links) for (const row of rows) collector.forward(row, link);
  }
  const reverse = includes.filter(({ kind }) => kind === 'revinclude').flatMap(({ links }) => links);
  for (const [target, ofType] of grouped(rows, typeOf)) collector.reverse(target, ofType, reverse);
  return collector.lookups;
}

class LookupCollector {
  readonly lookups = new Map<string, Found>();

  forward(row: LinkedRow, link: IncludeLink): void {
    if (row.type !== link.type) return;
    for (const reference of valuesOf(row, link.parameter)) this.followReference(reference, link);
  }

  /** Collects the rows that refer to `rows`, all of one type. */
  reverse(target: string, rows: readonly LinkedRow[], all: readonly IncludeLink[]): void {
    const targets = rows.map(({ id }) => `${target}/${id}`);
    const links = all.filter((link) => link.targets.has(target));
    for (const [type, ofType] of grouped(links, typeOf)) {
      const { entries, referrers } = this.of(type);
      referrers.push({ codes: [...new Set(ofType.map(({ parameter }) => parameter))], targets });
      for (const { parameter, byUrl } of ofType) {
        if (byUrl) for (const one of rows.flatMap((row) => valuesOf(row, url))) entries.add(entryOf(parameter, one));
      }
    }
  }

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
    if (!lookup) this.lookups.set(type, (lookup = { ids: new Set(), entries: new Set(), referrers: [] }));
    return lookup;
  }
}

const typeOf = ({ type }: { readonly type: string }): string => type;

const entryOf = (code: string, value: string): string => code + unitSeparator + value;

function valuesOf({ links = [] }: LinkedRow, code: string): readonly string[] {
  const start = entryOf(code, '');
  return links.filter((entry) => entry.startsWith(start)).map((entry) => entry.slice(start.length));
}
