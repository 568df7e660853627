import { currentTenant } from '../../../database/tenant.js';
import type { BindValue } from './statement.js';

/** Stands in the text of a statement for the tenant that it is sent for, so that one text, and one plan, serve all of them. */
export const tenant = '$tenant';

interface Bound {
  readonly text: string;
  readonly values: BindValue[];
}

/** The text with the current tenant as its last bind parameter, where it names it. */
export function bindTenant(text: string, values: readonly BindValue[]): Bound {
  if (!text.includes(tenant)) return { text, values: [...values] };
  const parameter = `$${values.length + 1}::integer`;
  return { text: text.replaceAll(tenant, () => parameter), values: [...values, currentTenant()] };
}
