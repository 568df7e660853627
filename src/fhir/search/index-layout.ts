import { rulesOf } from './time-zone.js';
import type { SearchParameter } from './search-parameter.js';

/** Changed whenever the form of index entries is. */
const layout = '5';

/**
 * Stands for the form of all index entries, and what dates without a zone mean in them: what was indexed otherwise is indexed
 * anew when the server starts.
 */
export const indexLayoutOf = (timeZone: string): SearchParameter => ({
  code: 'every parameter',
  type: 'special',
  url: 'urn:lanyard:index-layout',
  base: ['Resource'],
  expression: timeZone === 'UTC' ? layout : `${layout} ${rulesOf(timeZone)}`,
});
