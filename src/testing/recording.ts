import { AssertionError } from 'node:assert';
import type { Answer } from './answer.js';
import type { TestServer } from './server.js';

/** Headers that are compared; the others say nothing of data. */
const compared = [
  'content-type',
  'etag',
  'location',
  'content-location',
  'content-range',
  'x-security-context',
  'www-authenticate',
  'retry-after',
];

/** Answers to one caller, without parts that differ by chance: ids that the server made, times, cursors. */
export class Recording {
  private answers: string[] = [];
  private readonly names = new Map<string, string>();

  constructor(
    private readonly server: Pick<TestServer, 'issuer'>,
    /** Other texts that differ by chance. */
    private readonly ignored?: RegExp,
  ) {}

  add(request: string, { status, headers, text }: Answer): void {
    const lines = compared.flatMap((name) => (headers[name] === undefined ? [] : [`${name}: ${headers[name]}`]));
    this.answers.push(this.withoutChance([request, String(status), ...lines, text].join('\n')));
  }

  /** The record so far; a new one begins. */
  take(): readonly string[] {
    const taken = this.answers;
    this.answers = [];
    this.names.clear();
    return taken;
  }

  private withoutChance(text: string): string {
    const rest = this.ignored === undefined ? text : text.replaceAll(new RegExp(this.ignored, 'g'), 'IGNORED');
    return rest
      .replaceAll(this.server.issuer.url, 'ISSUER')
      .replaceAll(/"name":"claim","part":\[\{"name":"name","valueString":"(?:iat|exp|jti)"\},[^\]]*\]/g, 'CLAIM')
      .replaceAll(/_cursor=[\w-]+/g, '_cursor=CURSOR')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'TIME')
      .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => this.nameOf(id));
  }

  /** Ids that the server made, by the order in which they came up in this record. */
  private nameOf(id: string): string {
    const name = this.names.get(id) ?? `made-${this.names.size + 1}`;
    this.names.set(id, name);
    return name;
  }
}

/**
 * Throws an AssertionError if the same requests were answered otherwise in the two worlds, if an answer has a hidden text,
 * or if one is 5xx: what fails only where hidden rows are tells of them, too.
 */
export function compareRecords(a: readonly string[], b: readonly string[], secret: RegExp): void {
  const at = Array.from({ length: Math.max(a.length, b.length) }, (_, i) => i).find((i) => a[i] !== b[i]);
  if (at !== undefined) throw differs(a, b, at);
  for (const [i, answer] of a.entries()) {
    const what = secret.test(answer) ? 'has a text of a hidden row' : isFailure(answer) ? 'is a failure' : undefined;
    if (what !== undefined) throw wrong(`The answer to request ${i + 1} of ${a.length} ${what}:\n${answer}`, answer);
  }
}

/** Of the request itself, or of an entry of its bundle; 501 says that something is not offered. */
const isFailure = (answer: string): boolean =>
  /^[^\n]*\n5(?!01)\d\d\n/.test(answer) || /"response":\{"status":"5(?!01)\d\d/.test(answer);

function differs(a: readonly string[], b: readonly string[], at: number): AssertionError {
  const [first = '(no request)', second = '(no request)'] = [a[at], b[at]];
  const from = sharedLength(first, second);
  const message = `The caller can tell from an answer what rows out of reach there are.
Request ${at + 1} of ${a.length}: ${first.split('\n', 1)[0]}
  with the hidden rows: ${excerpt(first, from)}
  without or with others: ${excerpt(second, from)}`;
  return wrong(message, first, second);
}

function sharedLength(first: string, second: string): number {
  let length = 0;
  while (length < first.length && first[length] === second[length]) length++;
  return length;
}

function excerpt(text: string, from: number): string {
  const start = Math.max(0, from - 120);
  const end = start + 360;
  const cut = `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
  return cut.replaceAll('\n', ' | ');
}

const wrong = (message: string, actual: string, expected?: string): AssertionError =>
  new AssertionError({ message, actual, expected, operator: 'nonInterference' });
