import { printable } from '../../errors/request-errors.js';
import type { CriteriaSettings } from '../query/criteria-settings.js';
import type { Criterion } from '../query/criterion.js';
import { misfit } from '../values/invalid-search-value.js';
import { NotSearchable } from '../query/not-searchable.js';
import { parseIdValue } from '../values/parse-token-value.js';
import type { WrittenCriterion } from '../query/parse-parameter.js';
import { splitEscaped } from '../values/split-escaped.js';

/**
 * `_list=42`: what the List 42 contains (https://hl7.org/fhir/R4/search.html#list), which is another spelling of
 * `_has:List:item:_id=42`. Throws {@link NotSearchable} for the lists that are computed, 400 for what is no id.
 */
export function parseList(
  type: string,
  { parameter, modifier, value }: WrittenCriterion,
  { offer }: CriteriaSettings,
): Criterion {
  if (modifier !== undefined) throw new NotSearchable('_list takes no modifiers; it is the id of a List.');
  const id = offer.findByUrl('http://hl7.org/fhir/SearchParameter/Resource-id')!;
  const values = splitEscaped(value, ',').map((text) => {
    if (text.startsWith('$')) throw notComputed(text);
    return parseIdValue(parameter, text);
  });
  if (values.length > mostLists) throw misfit(parameter, value, `it names more than ${mostLists} lists.`, '42');
  const isListed: Criterion = { kind: 'filter', filter: { parameter: id, values } };
  return { kind: 'has', from: type, type: 'List', parameter: 'item', byUrl: false, criteria: [isListed] };
}

const mostLists = 100;

const notComputed = (name: string): NotSearchable =>
  new NotSearchable(
    `_list: "${printable(name)}" is a functional list, which this server does not compute. It takes the id of a stored ` +
      'List, as in _list=42; criteria such as AllergyIntolerance?patient=123&clinical-status=active find what is current.',
  );
