import { InvalidRequest } from '../../../r4/errors/fhir-error.js';

export type PageQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

const usualCount = 100;
const mostCount = 1000;

/** `?after=<last id>&count=<1 to 1000>`: lists are in the order of their ids. */
export function readPage(query: PageQuery): { readonly after: string; readonly count: number } {
  const { after = '', count = String(usualCount), ...others } = query;
  const [unknown] = Object.keys(others);
  if (unknown === undefined && typeof after === 'string' && typeof count === 'string' && /^[1-9]\d{0,3}$/.test(count))
    return { after, count: Math.min(Number(count), mostCount) };
  throw new InvalidRequest({
    code: 'value',
    diagnostics: `The query has to be ?after=<id of the last one seen>&count=<1 to ${mostCount}>, both optional.`,
  });
}
