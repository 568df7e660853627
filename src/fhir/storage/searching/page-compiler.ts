import type { AccessTo } from './search-groups.js';
import type { SearchOrder } from './search-order.js';
import type { BindParameters } from '../session/statement.js';

/** Context of the compilation of a page. */
export interface PageCompiler {
  readonly order: SearchOrder;
  readonly limit: string;
  readonly parameters: BindParameters;
  readonly accessTo: AccessTo;
  readonly linkCodes: readonly string[];
}
