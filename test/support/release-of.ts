import { outlineOf } from '../../src/fhir/storage/concepts/concept-numbers.js';
import { propertyKey } from '../../src/fhir/storage/concepts/release-concept.js';
import type { Release } from '../../src/fhir/storage/concepts/terminology-store.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import { valueOf } from '../../src/r4/terminology/property-value.js';
import type { Part } from '../../src/r4/terminology/read-resource.js';

export interface GivenConcept {
  readonly code: string;
  readonly display?: string;
  readonly definition?: string;
  readonly designations?: readonly { readonly language: string; readonly value: string }[];
  readonly properties?: readonly Part[];
  readonly parents?: readonly string[];
  readonly isInactive?: boolean;
  readonly isAbstract?: boolean;
}

/** A release of concepts that are given as objects. */
export const releaseOf = (head: JsonObject, concepts: readonly GivenConcept[]): Release => ({
  format: 'test',
  head,
  outline: () =>
    outlineOf(
      (async function* all() {
        yield concepts;
      })(),
    ),
  async *concepts() {
    yield concepts.map(({ code, display, definition, designations = [], properties = [], ...flags }) => ({
      code,
      display,
      texts: designations.map(({ value }) => value),
      keys: properties.map((one) => propertyKey(String(one['code']), valueOf(one)!)),
      told: JSON.stringify({ definition, designation: designations, property: properties }),
      isAbstract: flags.isAbstract ?? false,
      isInactive: flags.isInactive ?? false,
    }));
  },
});
