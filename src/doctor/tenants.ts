import type { LimitName } from '../database/tenants/tenant-limits.js';
import type { ListedTenant } from '../database/tenants/tenant-registry.js';
import { listed } from '../r4/errors/listed.js';
import { type DoctorResult, resultsOf } from './doctor-result.js';

const found = resultsOf('tenants');
const mostNames = 10;
/** Part of a limit from which its operator hears of it. */
const nearly = 0.9;

/** What the operator of tenants has to see to (docs/adr/0079); nothing where there is but one. */
export function judgeTenants(tenants: readonly ListedTenant[]): readonly DoctorResult[] {
  if (tenants.length < 2) return [];
  const of = (state: ListedTenant['state']) => tenants.filter((one) => one.state === state);
  const suspended = of('suspended').length;
  return [
    found.ok('tenants', `${tenants.length} tenants${suspended > 0 ? `, ${suspended} of them suspended` : ''}.`),
    ...warn(
      'importing',
      of('importing'),
      'An import goes on, or was cut short, of',
      'Where none runs: lanyard tenant erase NAME',
    ),
    ...warn(
      'erasing',
      of('erasing'),
      'All rows are being removed of',
      'Running servers go on; or: lanyard tenant erase NAME',
    ),
    ...(['resources', 'bytes'] as const).flatMap((name) =>
      warn(
        `limit-${name}`,
        tenants.filter((one) => isNear(one, name)),
        `Nine tenths of the limit "${name}" are used by`,
        `Raise it where that is right: lanyard tenant limits NAME --set ${name}=…`,
      ),
    ),
  ];
}

const isNear = ({ limits, usage }: ListedTenant, name: Extract<LimitName, 'resources' | 'bytes'>): boolean =>
  usage !== null && usage[name] >= nearly * (limits[name] ?? Infinity);

function warn(check: string, tenants: readonly ListedTenant[], fact: string, cure: string): readonly DoctorResult[] {
  if (tenants.length === 0) return [];
  const names = listed(
    tenants.map(({ name }) => name),
    mostNames,
  );
  return [found.warning(check, `${fact} ${names}.`, cure)];
}
