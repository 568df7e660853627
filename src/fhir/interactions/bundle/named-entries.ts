import type { Condition } from '../../../r4/search/query/condition.js';
import type { Criterion } from '../../../r4/search/query/criterion.js';
import type { FilterValue } from '../../../r4/search/query/filter.js';
import type { LinkTargets } from './rewrite-links.js';

/** The links to entries, by their fullUrl, that the criteria of a condition name: `subject=urn:uuid:…`. */
export function linksOf({ criteria }: Condition, isLink: (text: string) => boolean): readonly string[] {
  return criteria
    .flatMap(valuesOf)
    .map(linkOf)
    .filter((link) => link !== undefined)
    .filter(isLink);
}

/** The condition with these links replaced, as those of content are (https://hl7.org/fhir/R4/http.html#trules). */
export const withLinks = (condition: Condition, targets: LinkTargets): Condition => ({
  ...condition,
  criteria: condition.criteria.map((criterion) => replaced(criterion, targets)),
});

const valuesOf = (criterion: Criterion): readonly FilterValue[] => {
  if (criterion.kind === 'any' || criterion.kind === 'all') return criterion.of.flatMap(valuesOf);
  return criterion.kind === 'filter' ? criterion.filter.values : [];
};

const linkOf = (value: FilterValue): string | undefined =>
  value.kind === 'reference' ? value.target : value.kind === 'uri' ? value.uri : undefined;

function replaced(criterion: Criterion, targets: LinkTargets): Criterion {
  if (criterion.kind === 'any' || criterion.kind === 'all')
    return { ...criterion, of: criterion.of.map((one) => replaced(one, targets)) };
  if (criterion.kind !== 'filter') return criterion;
  const values = criterion.filter.values.map((value) => {
    const target = targets.get(linkOf(value) ?? '');
    if (target === undefined) return value;
    return value.kind === 'uri' ? { ...value, uri: target } : { kind: 'reference' as const, target };
  });
  return { ...criterion, filter: { ...criterion.filter, values } };
}
