import { escapeLiteral } from 'pg';
import { currentTenant } from '../../../database/tenant.js';
import type { BindValue, Statement } from './statement.js';
import { requireStorable } from './unstorable-text.js';

/** Bind parameters of a statement, and the tenant (`tenant-parameter.ts`). */
const placeholder = /\$(?:tenant|(\d+))/g;

/** The text of a statement with its values as literals, for COPY, which takes no parameters. Values are texts and whole numbers. */
export function textWithValues({ text, values }: Statement): string {
  // It would end the text.
  requireStorable(values);
  return text.replaceAll(placeholder, (_, number?: string) =>
    number === undefined ? `${currentTenant()}` : literal(values[Number(number) - 1]),
  );
}

function literal(value: BindValue | undefined): string {
  if (typeof value === 'string') return escapeLiteral(value);
  if (Number.isSafeInteger(value)) return String(value);
  throw new TypeError('Only texts and whole numbers become literals.');
}
