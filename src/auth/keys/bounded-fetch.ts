import { isSecureUrl } from '../../config/secure-url.js';
import { KeysUnreachable } from './key-source.js';
import { jsonObject } from './json-object.js';
import { readBounded } from './read-bounded.js';

const timeoutSeconds = 5;
const largestBody = 256 * 1024;

export interface FetchedDocument {
  readonly document: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

/** One time limit for all the fetches that one set of keys takes. */
export const fetchDeadline = (): AbortSignal => AbortSignal.timeout(timeoutSeconds * 1000);

/** A form to post in place of a GET, with what the request needs beside it. */
export interface PostedForm {
  readonly body: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
}

/** How an address is asked: `fetch`, or what judges addresses first and throws {@link KeysUnreachable}. */
export type Fetching = (url: string, options: RequestInit) => Promise<Response>;

/** Fetches a JSON object from an address an administrator configured: no redirects, 256 kB at most. */
export async function fetchDocument(
  url: string,
  signal: AbortSignal,
  form?: PostedForm,
  fetching: Fetching = fetch,
): Promise<FetchedDocument> {
  if (!isSecureUrl(url)) throw new KeysUnreachable('keys.insecure', { url });
  try {
    const response = await fetching(url, {
      redirect: 'error',
      headers: { accept: 'application/json', ...form?.headers },
      signal,
      ...(form && { method: 'POST', body: form.body }),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new KeysUnreachable('keys.status', { url, status: response.status });
    }
    const tooLarge = (): Error => new KeysUnreachable('keys.large', { url, most: largestBody / 1024 });
    const text = await readBounded(response, largestBody, tooLarge);
    return { document: asObject(text, url), headers: response.headers };
  } catch (error) {
    if (error instanceof KeysUnreachable) throw error;
    throw signal.aborted
      ? new KeysUnreachable('keys.late', { url, seconds: timeoutSeconds })
      : new KeysUnreachable('keys.unreachable', { url });
  }
}

function asObject(text: string, url: string): Readonly<Record<string, unknown>> {
  const found = jsonObject(text);
  if (!found) throw new KeysUnreachable('keys.no-json', { url });
  return found;
}
