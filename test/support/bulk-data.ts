import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, TestServer } from './server.js';

const base = '/fhir/r4/';

/** Resources as NDJSON, each in a line that is ended. */
export const lines = (...resources: readonly object[]): string =>
  resources.map((one) => `${JSON.stringify(one)}\n`).join('');

/** The path below the FHIR base of an address that a server answered, such as `$export-file?job=1`. */
export const placeOf = (address: string): string => address.slice(address.indexOf(base) + base.length);

/** Pauses between looks at a job, in milliseconds: most jobs of tests take less than a tenth of a second. */
const pauses = { first: 30, longest: 400 };

/**
 * The answer for a job once it has ended; throws where it has not after `seconds`. Looks more often than a client may: a look too
 * soon is 429 and changes nothing, and one after the end is answered at any time.
 */
export async function untilEnded<T extends Pick<Answer, 'status'>>(look: () => Promise<T>, seconds = 30): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (let pause = pauses.first; performance.now() < end; pause = Math.min(pause * 1.5, pauses.longest)) {
    await sleep(pause);
    const answer = await look();
    if (answer.status !== 202 && answer.status !== 429) return answer;
  }
  throw new Error('It does not end.');
}

/** The answer for a job that was begun, once it has ended; throws where it has not after `seconds`. */
export const endOfJob = (
  server: Pick<TestServer, 'call'>,
  token: string,
  { headers }: Pick<Answer, 'headers'>,
  seconds = 30,
): Promise<Answer> => untilEnded(() => server.call('GET', placeOf(headers['content-location']!), { token }), seconds);
