import { jsonObject } from '../auth/keys/json-object.js';
import { readBounded } from '../auth/keys/read-bounded.js';
import { phrase, reasonFor, type Value } from './words/say.js';

const patienceMs = 5000;
const largestAnswer = 4 * 1024 * 1024;

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** The body as a JSON object; empty when it is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Unanswered {
  readonly why: Value;
}

class TooLarge extends Error {}

/** The answer of an address as it comes, without following redirects; or why there is none. */
export async function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered | Unanswered> {
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'application/json', ...headers },
      signal,
    });
    const text = await readBounded(response, largestAnswer, () => new TooLarge());
    return { status: response.status, headers: response.headers, body: jsonObject(text) ?? {} };
  } catch (error) {
    if (error instanceof TooLarge) return { why: phrase('answer.large') };
    return { why: signal.aborted ? phrase('answer.late', { seconds: patienceMs / 1000 }) : reasonOf(error) };
  }
}

function reasonOf(error: unknown): Value {
  const { message, cause } = error as Error & {
    readonly cause?: { readonly code?: string; readonly message?: string };
  };
  return reasonFor(cause?.code) ?? cause?.code ?? cause?.message ?? message;
}
