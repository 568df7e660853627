import type { RequestFacts } from './request-facts.js';

/** The members of a line of the log that text for people shows beside its {@link Head}; the rest is for machines. */
interface Line {
  readonly message?: string;
  readonly context?: string;
  readonly method?: string;
  readonly route?: string;
  readonly status?: number;
  readonly durationMs?: number;
  readonly clientId?: string;
  readonly reasons?: readonly string[];
  readonly requestId?: string;
}

interface Head {
  readonly level: string;
  /** Instant, as ISO 8601. */
  readonly time: string;
  readonly tenant?: string | undefined;
}

/** The line of a request, made of its facts: as {@link readableLine} of their JSON. */
export const readableRequest = (level: string, facts: RequestFacts, tenant?: string): string =>
  lineOf({ level, time: new Date().toISOString(), tenant }, facts);

/** Turns lines of JSON into lines for people. */
export function readableLine(json: string): string {
  const line = JSON.parse(json) as Head & Line;
  return lineOf(line, line);
}

function lineOf({ level, time, tenant }: Head, line: Line): string {
  const { message = '', context, requestId } = line;
  const sign = level === 'info' ? '' : ` ${level.toUpperCase()}`;
  const about =
    line.route === undefined
      ? shown((context && `[${context}] `) ?? '') + indented(message)
      : shown(describeRequest(line));
  const trace = requestId === undefined ? '' : ` (request ${shown(requestId)})`;
  const whose = tenant === undefined ? '' : `${tenant}: `;
  return `${time.slice(11, 23)}${sign} ${whose}${about}${trace}\n`;
}

/** Control characters, those that turn the direction of text or cannot be seen, and line separators. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;
const lineBreak = /\r\n|[\n\r\u0085\u2028\u2029]/;

/** Text that a caller may have written does nothing to the terminal, and stays in its line. */
const shown = (text: string): string => (isAscii.test(text) ? text : escaped(text));

/** Most texts: they need no closer look. */
const isAscii = /^[ -~]*$/;

const escaped = (text: string): string =>
  text.replace(unseen, (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`);

/** Stacks have several lines; none of them can be taken for a line of the log. */
const indented = (text: string): string => text.split(lineBreak).map(shown).join('\n    ');

function describeRequest({ method, route, status, durationMs, clientId, reasons = [] }: Line): string {
  const who = clientId === undefined ? '' : `, client ${clientId}`;
  const why = reasons.length === 0 ? '' : `, refused: ${reasons.join(', ')}`;
  return `${method} ${route} ${status}, ${durationMs} ms${who}${why}`;
}
