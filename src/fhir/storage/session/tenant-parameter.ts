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
  return text.includes(tenant)
    ? { text: numbered(text, values.length), values: [...values, currentTenant()] }
    : { text, values: [...values] };
}

const numbered = (text: string, others: number): string => text.replaceAll(tenant, () => `$${others + 1}::integer`);

/** As many as are worth a name (`preparedName`). */
const mostKept = 400;
const asItIs = (text: string): string => text;
const kept = new Map<string, string>();

/** As {@link bindTenant}, for a text that comes again and again, as `change` makes it: it is looked through once. */
export function bindTenantOfKept(
  text: string,
  values: readonly BindValue[],
  change: (text: string) => string = asItIs,
): Bound {
  let bound = kept.get(text);
  if (bound === undefined) {
    if (!text.includes(tenant)) return bindTenant(change(text), values);
    bound = numbered(change(text), values.length);
    if (kept.size < mostKept) kept.set(text, bound);
  }
  return { text: bound, values: [...values, currentTenant()] };
}
