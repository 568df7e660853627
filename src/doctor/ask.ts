import { jsonObject } from '../auth/keys/json-object.js';
import { readBounded } from '../auth/keys/read-bounded.js';

const patienceMs = 5000;
const largestAnswer = 4 * 1024 * 1024;

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** The body as a JSON object; empty when it is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** The answer of an address as it comes, without following redirects; or why there is none, in words. */
export async function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered | string> {
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'application/json', ...headers },
      signal,
    });
    const text = await readBounded(response, largestAnswer, () => new Error('it answers more than 4 MB'));
    return { status: response.status, headers: response.headers, body: jsonObject(text) ?? {} };
  } catch (error) {
    return signal.aborted ? `it did not answer within ${patienceMs / 1000} s` : reasonOf(error);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it closed the connection',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be resolved now',
  EHOSTUNREACH: 'there is no way to that host',
  UND_ERR_SOCKET: 'it closed the connection',
};

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & {
    readonly cause?: { readonly code?: string; readonly message?: string };
  };
  return reasons[cause?.code ?? ''] ?? cause?.code ?? cause?.message ?? message;
}
