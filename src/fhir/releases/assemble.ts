import type { Part } from '../../r4/terminology/read-resource.js';
import type { MergedCode } from '../storage/concepts/merge-parts.js';
import type { ReleaseConcept } from '../storage/concepts/release-concept.js';

/** Content of one line of a release about a concept. */
export interface ConceptPart extends Partial<Omit<ReleaseConcept, 'code'>> {
  /** The line says that there is the concept; what other files say of codes that have no such line is left out. */
  readonly isThere?: true;
  /** Of several displays the one of the lowest rank counts. */
  readonly rank?: number;
  /** Of several lines that say that it is there the one of the latest time counts. */
  readonly time?: string;
}

/** As a part that PostgreSQL sorts. */
export const partOf = (part: ConceptPart): Part => part as Part;

/** The concept of all that was said of a code; undefined: no line says that there is one. */
export function assemble({ code, parts }: MergedCode): ReleaseConcept | undefined {
  const all = parts as readonly ConceptPart[];
  const there = all.filter(({ isThere }) => isThere);
  const [own] = there.toSorted((one, other) => ((one.time ?? '') < (other.time ?? '') ? 1 : -1));
  if (!own) return undefined;
  const said = all.filter((one) => !one.isThere || one === own);
  const displays = said.filter(({ display }) => display !== undefined);
  const [best] = displays.toSorted((one, other) => (one.rank ?? 0) - (other.rank ?? 0));
  return {
    code,
    display: best?.display,
    definition: said.find(({ definition }) => definition !== undefined)?.definition,
    designations: said.flatMap(({ designations = [] }) => designations),
    properties: said.flatMap(({ properties = [] }) => properties),
    parents: [...new Set(said.flatMap(({ parents = [] }) => parents))],
    memberOf: [...new Set(said.flatMap(({ memberOf = [] }) => memberOf))],
    isAbstract: own.isAbstract ?? false,
    isInactive: own.isInactive ?? false,
  };
}
