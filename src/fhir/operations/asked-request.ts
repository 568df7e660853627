import { readIfNoneExist } from '../interactions/conditional/condition-reader.js';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import { type Interaction, type NoInteraction, parseInteraction } from '../../r4/rest/interaction.js';
import { printable } from '../../r4/errors/request-errors.js';

/** A request that somebody asks about, as if it had been sent. */
export interface AskedRequest {
  /** As it is repeated: `GET Patient/p1`. */
  readonly text: string;
  readonly method: string;
  /** Below the FHIR base, without a leading slash. */
  readonly path: string;
  readonly interaction: Interaction | NoInteraction;
  /** The header `X-Purpose-Of-Use`. */
  readonly purpose?: string;
}

const longestLine = 8_192;
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const example =
  'such as "GET Patient/p1" or "POST Patient", with the headers If-None-Exist and X-Purpose-Of-Use on lines of their own if it has them';

/**
 * Reads a request line and the headers that access depends on. The address may be below the base, begin with its path, or
 * be absolute on it. Throws 400 with what is expected.
 */
export function readAskedRequest(text: string, base: string): AskedRequest {
  if (text.length > longestLine) throw invalid(`It has ${text.length} characters; ${longestLine} are read.`);
  const [line = '', ...headers] = text.trim().split(/\r?\n/);
  const [, method = '', url = ''] = /^(\S+)\s+(\S+)(?:\s+HTTP\/[\d.]+)?$/.exec(line) ?? [];
  if (!methods.includes(method)) throw invalid(`The request is a method and an address, ${example}.`);
  const [path = '', ...search] = belowBase(url, base).split('?');
  const interaction = parseInteraction(method, path, new URLSearchParams(search.join('?')));
  const purpose = headerOf(headers, 'x-purpose-of-use');
  return {
    text: printable(line),
    method,
    path,
    interaction: withHeader(interaction, headers),
    ...(purpose !== undefined && { purpose }),
  };
}

function belowBase(url: string, base: string): string {
  const { pathname } = new URL(base);
  const isBelow = (start: string): boolean =>
    url === start || url.startsWith(`${start}/`) || url.startsWith(`${start}?`);
  for (const start of [base, pathname]) if (isBelow(start)) return url.slice(start.length).replace(/^\//, '');
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(url)) throw invalid(`The address is on another server than ${base}.`);
  return url.replace(/^\//, '');
}

function withHeader(interaction: Interaction | NoInteraction, headers: readonly string[]): Interaction | NoInteraction {
  const value = headerOf(headers, 'if-none-exist');
  if (interaction.kind !== 'create' || value === undefined) return interaction;
  return { ...interaction, condition: readIfNoneExist(value, interaction.type) };
}

function headerOf(lines: readonly string[], wanted: string): string | undefined {
  const line = lines.find((one) => one.split(':', 1)[0]!.trim().toLowerCase() === wanted);
  return line?.slice(line.indexOf(':') + 1).trim();
}

const invalid = (diagnostics: string): InvalidRequest =>
  new InvalidRequest({ code: 'invalid', diagnostics, expression: ["Parameters.parameter('request')"] });
