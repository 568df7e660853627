import { CannotExpand } from '../../r4/terminology/cannot-expand.js';
import type { Part } from '../../r4/terminology/read-resource.js';
import type { Selection } from '../../r4/search/query/concept-selection.js';

/** A code system, with its version where one was named. */
export interface OfSystem {
  readonly system: string;
  readonly version: string | undefined;
}

/** A selection as ValueSet.compose; throws `CannotExpand` for what one value set does not say. */
export function composeOf({ system, version }: OfSystem, selection: Selection): Part {
  const about = { system, ...(version !== undefined && { version }) };
  const parts = selection.kind === 'both' ? selection.of : [selection];
  const included = parts.filter(({ kind }) => kind !== 'not' && kind !== 'active');
  const excluded = parts.flatMap((one) => (one.kind === 'not' ? includesOf(one.of) : []));
  const isActive = parts.some(({ kind }) => kind === 'active');
  const include =
    included.length === 1 ? includesOf(included[0]!) : [{ filter: included.flatMap((one) => filtersOf(one)) }];
  const written = (one: Part): Part => ({ ...about, ...(isEmpty(one) ? {} : one) });
  return {
    ...(isActive && { inactive: false }),
    include: include.map(written),
    ...(excluded.length > 0 && { exclude: excluded.map(written) }),
  };
}

const isEmpty = ({ filter }: Part): boolean => Array.isArray(filter) && filter.length === 0;

function includesOf(selection: Selection): readonly Part[] {
  switch (selection.kind) {
    case 'codes':
      return [{ concept: selection.codes.map((code) => ({ code })) }];
    case 'either':
      return selection.of.flatMap((one) => includesOf(one));
    case 'both':
      return [{ filter: selection.of.flatMap((one) => filtersOf(one)) }];
    default:
      return [{ filter: filtersOf(selection) }];
  }
}

const filter = (property: string, op: string, value: string): readonly Part[] => [{ property, op, value }];

function filtersOf(selection: Selection): readonly Part[] {
  switch (selection.kind) {
    case 'all':
      return [];
    case 'below':
      return filter('concept', selection.strict ? 'descendent-of' : 'is-a', selection.code);
    case 'above':
      return filter('concept', 'generalizes', selection.code);
    case 'child':
      return filter('parent', '=', selection.code);
    case 'member':
      return filter('concept', 'in', selection.of);
    case 'exists':
      return filter(selection.property, 'exists', 'true');
    case 'property':
      return selection.values.length === 1
        ? filter(selection.property, '=', selection.values[0]!)
        : filter(selection.property, 'in', selection.values.join(','));
    default:
      throw new CannotExpand('These conditions cannot be asked of another terminology server at once.');
  }
}
