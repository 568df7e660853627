import type { LimitName } from '../../database/tenants/tenant-limits.js';
import type { ListedTenant } from '../../database/tenants/tenant-registry.js';
import { type DoctorResult, resultsOf } from '../doctor-result.js';
import { listing, phrase, type Value } from '../words/say.js';

const found = resultsOf('tenants');
const mostNames = 10;
/** Part of a limit from which its operator hears of it. */
const nearly = 0.9;

/** Findings for the operator of tenants (docs/adr/0079); none where there is but one tenant. */
export function judgeTenants(
  tenants: readonly ListedTenant[],
  cannotStart: readonly string[] = [],
): readonly DoctorResult[] {
  if (tenants.length < 2) return [];
  const of = (state: ListedTenant['state']) => tenants.filter((one) => one.state === state);
  const suspended = of('suspended').length;
  const closed = namesOf(cannotStart);
  return [
    found.ok('tenants', 'tenants', {
      count: tenants.length,
      suspended: suspended > 0 ? phrase('tenants.suspended', { count: suspended }) : '',
    }),
    ...(closed === undefined ? [] : [found.failed('settings', 'tenants.settings', { names: closed })]),
    ...(['importing', 'erasing'] as const).flatMap((state) => {
      const names = namesOf(of(state).map(nameOf));
      return names === undefined ? [] : [found.warning(state, `tenants.${state}`, { names })];
    }),
    ...(['resources', 'bytes'] as const).flatMap((limit) => {
      const names = namesOf(tenants.filter((one) => isNear(one, limit)).map(nameOf));
      return names === undefined ? [] : [found.warning(`limit-${limit}`, 'tenants.limit', { limit, names })];
    }),
  ];
}

const isNear = ({ limits, usage }: ListedTenant, name: Extract<LimitName, 'resources' | 'bytes'>): boolean =>
  usage !== null && usage[name] >= nearly * (limits[name] ?? Infinity);

/** Undefined where there is none. */
const namesOf = (names: readonly string[]): Value | undefined =>
  names.length === 0 ? undefined : listing(names, mostNames);

const nameOf = ({ name }: ListedTenant): string => name;
