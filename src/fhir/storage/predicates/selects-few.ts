import type { Criterion } from '../../../r4/search/query/criterion.js';
import type { FilterValue } from '../../../r4/search/query/filter.js';

/** True if few rows of a partition can satisfy it: ids, identifiers, the record of one patient or encounter. */
export function selectsFew(criterion: Criterion): boolean {
  if (criterion.kind === 'any') return criterion.of.every(selectsFew);
  if (criterion.kind === 'all') return criterion.of.some(selectsFew);
  if (criterion.kind !== 'filter') return false;
  const { parameter, values } = criterion.filter;
  if (values.length > 0 && values.every(({ kind }) => kind === 'record')) return true;
  if (parameter.code === '_id') return values.every(({ kind }) => kind === 'token');
  if (parameter.code === 'identifier')
    return values.every((value) => value.kind === 'token' && value.code !== undefined);
  return parameter.type === 'reference' && values.every((value) => namesPatient(parameter.code, value));
}

const namesPatient = (code: string, value: FilterValue): boolean =>
  value.kind === 'reference' && (code === 'patient' || value.target.startsWith('Patient/'));
