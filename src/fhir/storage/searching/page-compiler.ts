import type { AccessTo } from './search-groups.js';
import type { SearchOrder } from './search-order.js';
import type { BindParameters } from '../session/statement.js';

/** What compiles a page. */
export interface PageCompiler {
  readonly order: SearchOrder;
  readonly limit: string;
  readonly parameters: BindParameters;
  readonly accessTo: AccessTo;
  readonly linkCodes: readonly string[];
}
