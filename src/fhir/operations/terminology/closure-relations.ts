import { setImmediate as nextTurn } from 'node:timers/promises';
import { TooCostly } from '../../../r4/terminology/cannot-expand.js';
import type { CodeSystem } from '../../../r4/terminology/code-systems/code-system.js';
import type { SubsumptionLink } from '../../../r4/terminology/code-systems/stored-concepts.js';
import { subsumptionLinks } from '../../../r4/terminology/code-systems/subsumption-links.js';
import type { ClosureConcept } from '../../storage/concepts/closures.js';
import { grouped } from '../../../r4/model/grouped.js';

/** Relations of one answer. */
export const mostRelations = 50_000;
/** Milliseconds without a turn of others. */
const turn = 10;

/** Relation of two concepts of a code system in a closure table (https://hl7.org/fhir/R4/valueset-concept-map-equivalence.html). */
export interface Relation {
  readonly code: string;
  readonly target: string;
  readonly equivalence: 'subsumes' | 'equal';
}

/** The relations of concepts of one code system that versions after `since` added. Throws {@link TooCostly} for more than `most`. */
export async function relationsOf(
  system: CodeSystem,
  concepts: readonly ClosureConcept[],
  { since, most }: { readonly since: number; readonly most: number },
): Promise<readonly Relation[]> {
  const isFresh = ({ added }: ClosureConcept): boolean => added > since;
  const fresh = new Set(concepts.filter(isFresh).map(({ own }) => own));
  if (fresh.size === 0) return [];
  const sentAs = grouped(concepts, ({ own }) => own);
  const relations = [...sentAs.values()].flatMap((same) => equalsOf(same, isFresh));
  for await (const links of linksOf(system, [...sentAs.keys()], { fresh: [...fresh], most })) {
    for (const { code, above } of links)
      relations.push(
        ...pairsOf(sentAs.get(code)!, sentAs.get(above)!)
          .filter((pair) => pair.some(isFresh))
          .map(isBelow),
      );
    if (relations.length > most)
      throw new TooCostly(
        `The answer would have more than ${mostRelations} relations. Send fewer concepts at once, or keep several closure tables.`,
      );
  }
  return relations;
}

type Pair = readonly [lower: ClosureConcept, upper: ClosureConcept];

const pairsOf = (lower: readonly ClosureConcept[], upper: readonly ClosureConcept[]): readonly Pair[] =>
  lower.flatMap((one) => upper.map((other) => [one, other] as const));

const isBelow = ([lower, upper]: Pair): Relation => ({ code: lower.code, target: upper.code, equivalence: 'subsumes' });

/** Concepts that the code system does not tell apart, written differently: each with the first of them. */
function equalsOf(same: readonly ClosureConcept[], isFresh: (one: ClosureConcept) => boolean): readonly Relation[] {
  const [first, ...others] = same.toSorted((a, b) => a.added - b.added);
  return others.filter(isFresh).map(({ code }) => ({ code, target: first!.code, equivalence: 'equal' }));
}

async function* linksOf(
  system: CodeSystem,
  codes: readonly string[],
  { fresh, most }: { readonly fresh: readonly string[]; readonly most: number },
): AsyncGenerator<readonly SubsumptionLink[]> {
  if (system.stored) {
    yield await system.stored.links(codes, fresh, most + 1);
    return;
  }
  let since = performance.now();
  for (const links of subsumptionLinks(system, codes, fresh)) {
    yield links;
    if (performance.now() - since < turn) continue;
    await nextTurn();
    since = performance.now();
  }
}
