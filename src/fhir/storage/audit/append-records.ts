import type { AuditRecord } from '../../../audit/audit-record.js';
import { withoutCredentials } from '../../../observability/without-credentials.js';
import { tenant } from '../session/tenant-parameter.js';
import type { Statement } from '../session/statement.js';

/** Lines of one text: of the forms measured it costs both sides least, and JSON has no line breaks of its own. */
export const appendText = (placeholder: string): string =>
  `INSERT INTO audit_record (tenant, entry) SELECT ${tenant}, line FROM string_to_table(${placeholder}::text, E'\\n') AS line`;

/** Writes records in their short form, in one statement. */
export const appendStatement = (entries: readonly string[]): Statement => ({
  isPrepared: true,
  text: appendText('$1'),
  values: [entries.join('\n')],
});

/** Rows that a statement spells out at most: each number is a text, and a prepared statement, of its own. */
const mostRows = 8;

/**
 * As {@link appendStatement}, for Citus: the coordinator hands on the rows that a statement spells out, and runs a query for them by itself first, which
 * takes twice the work of all nodes (docs/adr/0179).
 */
export function appendOnCitus(entries: readonly string[]): Statement {
  if (entries.length > mostRows) return appendStatement(entries);
  const rows = entries.map((_, i) => `(${tenant}, $${i + 1}::text)`);
  return {
    isPrepared: true,
    text: `INSERT INTO audit_record (tenant, entry) VALUES ${rows.join(', ')}`,
    values: entries,
  };
}

/** Both statements as one: the change is stored with its record, or neither is. */
export const withRecord = ({ text, values, ...rest }: Statement, entry: string | undefined): Statement =>
  entry === undefined
    ? { ...rest, text, values }
    : {
        ...rest,
        text: `WITH audited AS (${appendText(`$${values.length + 1}`)}) ${text}`,
        values: [...values, entry],
      };

/** Never a token, wherever a client put it. Half a surrogate pair and U+0000 cannot be stored; they are told as U+FFFD. */
export function entryOf(record: AuditRecord): string {
  const json = withoutCredentials(JSON.stringify(record));
  // Few have anything escaped at all.
  return json.includes('\\u') ? json.replace(unstorable, '$1\uFFFD') : json;
}

const unstorable = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;
