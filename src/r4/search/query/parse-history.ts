import { InvalidRequest } from '../../errors/fhir-error.js';
import { nearest } from '../../model/nearest.js';
import { printable } from '../../errors/request-errors.js';
import { type DateInterval, isInstant, parseDateInterval } from '../values/date-interval.js';
import type { HistoryRequest } from './history-request.js';
import { ofWriting } from './parse-result-parameters.js';
import type { ValueSettings } from '../values/value-settings.js';

/** The parameters of a history (https://hl7.org/fhir/R4/http.html#history) as they will run. */
export interface ParsedHistory {
  readonly request: Omit<HistoryRequest, 'after' | 'before'>;
  /** A sealed page link. */
  readonly cursor?: string;
  /** The query in one spelling, page position excluded: page links are bound to it. */
  readonly canonical: string;
}

interface HistorySettings extends Pick<ValueSettings, 'timeZone'> {
  readonly searchCountDefault: number;
  readonly searchCountMax: number;
}

const offered = ['_at', '_count', '_since', '_sort', ...ofWriting].toSorted();

/** Reads the query of a history. Whatever is not understood is 400 with what would be. */
export function parseHistory(query: URLSearchParams, settings: HistorySettings): ParsedHistory {
  for (const name of query.keys()) requireOffered(name, query);
  const count = parseCount(query.get('_count'), settings);
  const newestFirst = parseSort(query.get('_sort'));
  const [since, at] = [query.get('_since'), query.get('_at')];
  const cursor = query.get('_cursor');
  const asked = [...query].filter(([name]) => name !== '_count' && name !== '_cursor').toSorted(byName);
  return {
    request: {
      count,
      newestFirst,
      ...(since !== null && { since: parseSince(since) }),
      ...(at !== null && { at: parseAt(at, settings.timeZone) }),
    },
    canonical: [...asked.map(written), `_count=${count}`].join('&'),
    ...(cursor !== null && { cursor }),
  };
}

const byName = ([left]: readonly [string, string], [right]: readonly [string, string]): number =>
  left < right ? -1 : 1;

const written = ([name, value]: readonly [string, string]): string => `${name}=${encodeURIComponent(value)}`;

function requireOffered(name: string, query: URLSearchParams): void {
  if (name !== '_cursor' && !offered.includes(name)) {
    const suggestion = nearest(name, offered);
    throw new InvalidRequest({
      code: 'not-supported',
      diagnostics:
        `"${printable(name)}" is not offered on a history.${suggestion ? ` Did you mean ${suggestion}?` : ''} ` +
        `It takes ${offered.join(', ')}.`,
    });
  }
  if (query.getAll(name).length > 1) throw invalid(name, `${name} is given more than once.`);
}

function parseCount(text: string | null, { searchCountDefault, searchCountMax }: HistorySettings): number {
  if (text === null) return searchCountDefault;
  if (/^[1-9]\d{0,8}$/.test(text)) return Math.min(Number(text), searchCountMax);
  throw invalid('_count', `_count=${printable(text)} is not a number of 1 and more.`);
}

function parseSort(text: string | null): boolean {
  if (text === null || text === '-_lastUpdated') return true;
  if (text === '_lastUpdated') return false;
  const fact = `_sort=${printable(text)} is not offered on a history.`;
  throw invalid('_sort', `${fact} It takes -_lastUpdated (newest first, the default) and _lastUpdated (oldest first).`);
}

/** Microseconds since 1970. */
function parseSince(text: string): string {
  const interval = isInstant(text) ? parseDateInterval(text, 'UTC') : undefined;
  if (interval) return interval.low;
  const form = 'an instant: date, time with seconds, and zone, such as _since=2024-05-01T10:00:00Z';
  throw invalid('_since', `"${printable(text)}" is not ${form}.${plusAdvice(text)}`);
}

function parseAt(text: string, timeZone: string): DateInterval {
  const interval = parseDateInterval(text, timeZone);
  if (interval) return interval;
  const form = 'a date, a date with time, or an instant, such as _at=2024-05 or _at=2024-05-01T10:00:00Z';
  throw invalid('_at', `"${printable(text)}" is not ${form}.${plusAdvice(text)}`);
}

/** A plus sign in a query means a space (https://url.spec.whatwg.org/#urlencoded-parsing). */
const plusAdvice = (text: string): string => (/ \d\d:\d\d$/.test(text) ? ' Write the + of a zone as %2B.' : '');

const invalid = (name: string, diagnostics: string): InvalidRequest =>
  new InvalidRequest({ code: 'invalid', diagnostics, location: [`http.${name}`] });
