import { resourceTypes } from '../../../r4/model/resource-types.js';
import { referenceParameters } from '../../../r4/search/query/find-parameter.js';
import { pointsTo } from '../../../r4/search/parameters/reference-targets.js';
import type { SearchOffer } from '../../../r4/search/parameters/search-offer.js';
import type { SearchParameter } from '../../../r4/search/parameters/search-parameter.js';

/** Includes that searches of each type offer, in the form of CapabilityStatement. */
export class CapabilityIncludes {
  private readonly references: ReadonlyMap<string, readonly SearchParameter[]>;

  constructor(offer: SearchOffer) {
    const types = [...resourceTypes].toSorted();
    this.references = new Map(types.map((type) => [type, referenceParameters(type, offer)]));
  }

  /** Without what is empty, since JSON has no empty lists. */
  of(type: string): object {
    const searchInclude = withWildcard(valuesOf(type, this.references.get(type) ?? []));
    const referring = [...this.references].flatMap(([referrer, parameters]) =>
      valuesOf(
        referrer,
        parameters.filter((parameter) => pointsTo(parameter, type)),
      ),
    );
    const searchRevInclude = withWildcard(referring);
    return {
      ...(searchInclude.length > 0 && { searchInclude }),
      ...(searchRevInclude.length > 0 && { searchRevInclude }),
    };
  }
}

const withWildcard = (values: readonly string[]): readonly string[] => (values.length === 0 ? [] : ['*', ...values]);

const valuesOf = (type: string, parameters: readonly SearchParameter[]): readonly string[] =>
  parameters.length === 0
    ? []
    : ['*', ...parameters.map(({ code }) => code).toSorted()].map((code) => `${type}:${code}`);
