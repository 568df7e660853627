export type Members = Readonly<Record<string, unknown>>;

export interface Resource extends Members {
  readonly resourceType: string;
  readonly id?: string;
}

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An element of a resource in a few words, for a cell of a table. Data types of R4 that people know on sight; others are JSON. */
export function summaryOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value))
    return value
      .map(summaryOf)
      .filter((text) => text !== '')
      .join('; ');
  if (!isObject(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  return knownWords(value) ?? JSON.stringify(value).slice(0, 120);
}

/** A data type of R4 that people know on sight, in a few words. */
export function knownWords(value: Members): string | undefined {
  for (const words of [nameWords, codeWords, quantityWords, periodWords, valueWords, referenceWords]) {
    const text = words(value);
    if (text !== undefined) return text;
  }
  return undefined;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const joined = (parts: readonly unknown[], between: string): string =>
  parts.filter((part) => part !== undefined && part !== '').join(between);

function nameWords({ family, given, text: written, city, line, postalCode }: Members): string | undefined {
  if (text(family) ?? (Array.isArray(given) ? 'given' : undefined)) {
    return joined([family, Array.isArray(given) ? given.join(' ') : undefined], ', ');
  }
  if (text(city) ?? text(postalCode))
    return joined([Array.isArray(line) ? line.join(', ') : undefined, postalCode, city], ' ');
  return text(written);
}

function codeWords({ coding, code, display, system, value }: Members): string | undefined {
  if (Array.isArray(coding)) return joined(coding.map(summaryOf), ' / ');
  if (value !== undefined) return undefined;
  return text(display) ?? (system !== undefined || code !== undefined ? text(code) : undefined);
}

const quantityWords = ({ value, unit, code, comparator }: Members): string | undefined =>
  typeof value === 'number' ? `${text(comparator) ?? ''}${value} ${text(unit) ?? text(code) ?? ''}`.trim() : undefined;

const periodWords = ({ start, end }: Members): string | undefined =>
  (text(start) ?? text(end)) === undefined ? undefined : `${text(start) ?? '…'} – ${text(end) ?? '…'}`;

/** Identifiers, and ways to reach somebody. */
const valueWords = ({ value }: Members): string | undefined => text(value);

const referenceWords = ({ reference, display }: Members): string | undefined => text(display) ?? text(reference);

/** Elements that tell resources apart, those of people first. */
const telling = [
  'name',
  'title',
  'code',
  'type',
  'medicationCodeableConcept',
  'medicationReference',
  'vaccineCode',
  'class',
  'status',
  'clinicalStatus',
  'intent',
  'valueQuantity',
  'valueCodeableConcept',
  'valueString',
  'subject',
  'patient',
  'birthDate',
  'gender',
  'effectiveDateTime',
  'effectivePeriod',
  'onsetDateTime',
  'performedDateTime',
  'performedPeriod',
  'period',
  'authoredOn',
  'issued',
  'recordedDate',
  'date',
  'occurrenceDateTime',
  'start',
  'identifier',
  'description',
  'url',
];

const hidden: readonly string[] = [
  'resourceType',
  'id',
  'meta',
  'text',
  'contained',
  'extension',
  'modifierExtension',
  'implicitRules',
  'language',
];

/** Columns that the table may have: the elements that occur, the telling ones first. */
export function columnsOf(resources: readonly Resource[]): readonly string[] {
  const found = new Set(
    resources
      .flatMap((resource) => Object.keys(resource))
      .filter((key) => !hidden.includes(key) && !key.startsWith('_')),
  );
  return [...telling.filter((key) => found.has(key)), ...[...found].filter((key) => !telling.includes(key)).toSorted()];
}

/** The columns that are shown until somebody chooses others. */
export const firstColumns = (columns: readonly string[]): readonly string[] =>
  columns.filter((key) => telling.includes(key)).slice(0, 5);
