import { randomUUID } from 'node:crypto';
import { type Answered, ask, type Unanswered } from './ask.js';

/** Header that names a request of the doctor to the server of its own process. */
export const ownRequestHeader = 'x-lanyard-own-request';

/** Ids of requests under way. Each is random and counts for one request: nobody else can make a request look like one of them. */
const underWay = new Set<string>();

/** {@link ask} of an address of this server itself. Its log does not tell of the request: the doctor says what it found. */
export async function askSelf(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered | Unanswered> {
  const id = randomUUID();
  underWay.add(id);
  try {
    return await ask(url, { ...headers, [ownRequestHeader]: id });
  } finally {
    underWay.delete(id);
  }
}

/** True once for each request of {@link askSelf} that came to this process. */
export const isOwnRequest = (id: unknown): boolean => typeof id === 'string' && underWay.delete(id);
