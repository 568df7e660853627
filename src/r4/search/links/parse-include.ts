import { resourceTypes } from '../../model/resource-types.js';
import { printable } from '../../errors/request-errors.js';
import type { CriteriaSettings } from '../query/criteria-settings.js';
import {
  checkTarget,
  checkType,
  findReferenceParameter,
  invalid,
  referenceParameters,
} from '../query/find-parameter.js';
import type { Include, IncludeLink } from './include.js';
import { holdsCanonicals, targetsOf } from '../parameters/reference-targets.js';
import type { SearchParameter } from '../parameters/search-parameter.js';

const codes: ReadonlyMap<string, Include['kind']> = new Map([
  ['_include', 'include'],
  ['_revinclude', 'revinclude'],
]);

export const isInclude = (name: string): boolean => codes.has(name.split(':', 1)[0]!);

/**
 * `Type:parameter`, `Type:parameter:Target`, `Type:*` or `*` in a search of `roots`
 * (https://hl7.org/fhir/R4/search.html#include). Throws `NotSearchable`, or 400.
 */
export function parseInclude(
  { name, value, roots }: { readonly name: string; readonly value: string; readonly roots: readonly string[] },
  settings: CriteriaSettings,
): Include {
  const [code = '', modifier, ...more] = name.split(':');
  if (more.length > 0 || !['iterate', 'recurse', undefined].includes(modifier)) {
    throw invalid(name, `the modifier of ${code} is :iterate (or :recurse, its former name).`);
  }
  const kind = codes.get(code)!;
  const iterates = modifier !== undefined;
  const place = `${name}=${value}`;
  const reader = new IncludeReader(kind, iterates ? undefined : roots, place, settings);
  const links = reader.links(value);
  const permitted = links
    .map((link) => permit(link, kind, settings.maySearch))
    .filter(({ targets }) => targets.size > 0);
  const withheld = value.includes('*') ? [] : withheldOf(links, kind, settings.maySearch);
  return { kind, iterates, links: permitted, text: printable(place), withheld };
}

/** https://hl7.org/fhir/R4/search.html#summary: narratives of one thing, and nothing around it. Throws 400. */
export function checkIncludes([include]: readonly Include[], query: URLSearchParams): void {
  if (!include || query.get('_summary') !== 'text') return;
  throw invalid(include.text, 'includes do not go together with _summary=text.');
}

class IncludeReader {
  constructor(
    private readonly kind: Include['kind'],
    /** The types it starts from; undefined: any, since it is applied to what was included too. */
    private readonly roots: readonly string[] | undefined,
    private readonly place: string,
    private readonly settings: CriteriaSettings,
  ) {}

  links(value: string): readonly IncludeLink[] {
    if (value === '*') return this.holders().flatMap((type) => this.linksOf(type));
    const [type = '', code, target, ...more] = value.split(':');
    if (code === undefined || code === '' || more.length > 0) {
      throw invalid(this.place, 'it is written Observation:subject, Observation:subject:Patient, Observation:* or *.');
    }
    checkType(type, this.place);
    if (this.kind === 'include') this.checkStart(type);
    if (code === '*') return this.linksOf(type);
    return [this.linkNamed(type, code, target)];
  }

  private linkNamed(type: string, code: string, target: string | undefined): IncludeLink {
    const parameter = findReferenceParameter(type, code, this.settings.offer, this.place);
    if (target !== undefined) {
      checkType(target, this.place);
      checkTarget(parameter, target, this.place);
    }
    const link = this.linkOf(type, parameter, target);
    if (link) return link;
    const named = target === undefined ? code : `the type ${target}`;
    throw invalid(this.place, `${named} is not what a search of ${(this.roots ?? []).join(', ')} finds.`);
  }

  private holders(): readonly string[] {
    return this.kind === 'include' && this.roots ? this.roots : [...resourceTypes].toSorted();
  }

  private linksOf(type: string): readonly IncludeLink[] {
    return referenceParameters(type, this.settings.offer).flatMap((parameter) => this.linkOf(type, parameter) ?? []);
  }

  /** None where a revinclude cannot point to what the search is about. */
  private linkOf(type: string, parameter: SearchParameter, target?: string): IncludeLink | undefined {
    const all = target === undefined ? targetsOf(parameter) : [target];
    const isFollowed = (one: string): boolean => this.kind === 'include' || !this.roots || this.roots.includes(one);
    const targets = new Set(all.filter(isFollowed));
    if (targets.size === 0) return undefined;
    return { type, parameter: parameter.code, targets, byUrl: holdsCanonicals(parameter, type) };
  }

  private checkStart(type: string): void {
    if (!this.roots || this.roots.includes(type)) return;
    const fact = `the search is about ${this.roots.join(', ')}, so it would include nothing.`;
    throw invalid(this.place, `${fact} For what was included, write _include:iterate.`);
  }
}

/** Removes the targets that the caller may not search; a reverse include gives rows of the type that refers. */
function permit(link: IncludeLink, kind: Include['kind'], maySearch: (type: string) => boolean): IncludeLink {
  const isPermitted = (target: string): boolean => maySearch(kind === 'include' ? target : link.type);
  return { ...link, targets: new Set([...link.targets].filter(isPermitted)) };
}

function withheldOf(
  links: readonly IncludeLink[],
  kind: Include['kind'],
  maySearch: (type: string) => boolean,
): readonly string[] {
  const types = links.flatMap(({ type, targets }) => (kind === 'include' ? [...targets] : [type]));
  return [...new Set(types)].filter((type) => !maySearch(type)).toSorted();
}
