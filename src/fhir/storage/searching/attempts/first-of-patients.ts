import { criterionKey } from '../../../../r4/search/query/criterion.js';
import { isCut } from '../../reading/within-bytes.js';
import { alongFirstPatients } from '../along-patients.js';
import type { AccessTo, SearchGroup } from '../search-groups.js';
import { compilerOf, type PageOf } from '../search-statement.js';
import type { Attempt } from './attempt.js';

/** Patients that are looked at in their order. */
const mostPatients = 150;

/**
 * Rows of patients whom a chain leads to, such as `patient.active=true`: where many patients satisfy it, the first ones fill the page. The statement of all
 * counts them before it begins, by a look at an index that is as long as they are many. Undefined where the order is not patient by patient.
 */
export function firstOfPatients(group: SearchGroup, page: PageOf, accessTo: AccessTo): Attempt | undefined {
  if (!page.order.isByPatient) return undefined;
  const compiler = compilerOf(page, accessTo);
  const text = alongFirstPatients(group, compiler, mostPatients);
  if (text === undefined) return undefined;
  return {
    key: page.order.place ? undefined : [...group.types, ...group.criteria.map(criterionKey)].join(),
    statement: { text, values: compiler.parameters.values, isPlannedOnce: true },
    isComplete: (rows) => rows.length > page.count || isCut(rows),
    when: `first, where the first ${mostPatients} Patients fill the page`,
  };
}
