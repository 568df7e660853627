import { parseDateInterval } from './date-interval.js';
import type { FilterValue } from '../query/filter.js';
import { misfit } from './invalid-search-value.js';
import { splitPrefix } from './prefix.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import type { ValueSettings } from './value-settings.js';

/** A date of any precision after its prefix (https://hl7.org/fhir/R4/search.html#date). */
export function parseDateValue(
  parameter: SearchParameter,
  text: string,
  { timeZone }: Pick<ValueSettings, 'timeZone'>,
): FilterValue {
  const { prefix, rest } = splitPrefix(text);
  const interval = parseDateInterval(rest, timeZone);
  if (interval) return { kind: 'date', prefix, ...interval };
  throw misfit(parameter, text, dateFact(rest, timeZone));
}

/** Or no time that would need one. */
const hasZone = /^[^T]*$|(?:Z|[+-]\d\d:\d\d)$/;

function dateFact(date: string, timeZone: string): string {
  if (/T.* \d\d:\d\d$/.test(date)) return 'the "+" of a time zone is written "%2B" in a URL.';
  if (/^[a-z]{2}\d{4}/.test(date)) return 'prefixes are eq, ne, gt, lt, ge, le, sa, eb and ap.';
  if (/^\d{4}-\d\d-\d\d/.test(date))
    return `there is no such date or time${hasZone.test(date) ? '' : ` (zone ${timeZone})`}.`;
  return 'it is no date of the form YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss] with Z or an offset.';
}
