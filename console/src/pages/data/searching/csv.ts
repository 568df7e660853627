import { isObject, type Resource, summaryOf } from '../summary.js';

/** A table as a file that spreadsheets open (RFC 4180), with the texts that the page shows. */
export function csvOf(resources: readonly Resource[], columns: readonly string[]): Blob {
  const rows = resources.map((resource) => [
    resource.id ?? '',
    ...columns.map((column) => summaryOf(resource[column])),
    changedOf(resource),
  ]);
  const lines = [['id', ...columns, 'meta.lastUpdated'], ...rows].map((row) => row.map(cellOf).join(','));
  // The mark of UTF-8, without which spreadsheets guess.
  return new Blob([`\uFEFF${lines.join('\r\n')}\r\n`], { type: 'text/csv;charset=utf-8' });
}

const changedOf = ({ meta }: Resource): string =>
  isObject(meta) && typeof meta['lastUpdated'] === 'string' ? meta['lastUpdated'] : '';

/** A text that a spreadsheet would calculate is one that begins with these (https://owasp.org/www-community/attacks/CSV_Injection). */
const formula = /^[=+\-@＝＋－＠\t\r\n]/;
/** Characters at the start of a file that spreadsheets may remove before they read it. */
const unseen = /^[\s\p{Cc}\p{Cf}]+/u;

/** A cell: what begins like a formula has an apostrophe before it, and stays a text. */
export function cellOf(text: string): string {
  const isFormula = formula.test(text) || formula.test(text.replace(unseen, ''));
  return `"${(isFormula ? `'${text}` : text).replaceAll('"', '""')}"`;
}
