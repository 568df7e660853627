import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, TestServer } from './server.js';

const base = '/fhir/r4/';

/** Resources as NDJSON, each in a line that is ended. */
export const lines = (...resources: readonly object[]): string =>
  resources.map((one) => `${JSON.stringify(one)}\n`).join('');

/** The path below the FHIR base of an address that a server answered, such as `$export-file?job=1`. */
export const placeOf = (address: string): string => address.slice(address.indexOf(base) + base.length);

/** The answer for a job that was begun, once it has ended; throws where it has not after so many looks. */
export async function endOfJob(
  server: Pick<TestServer, 'call'>,
  token: string,
  { headers }: Pick<Answer, 'headers'>,
  looks = 30,
): Promise<Answer> {
  for (let look = 0; look < looks; look++) {
    const answer = await server.call('GET', placeOf(headers['content-location']!), { token });
    if (answer.status !== 202 && answer.status !== 429) return answer;
    await sleep(1050);
  }
  throw new Error('It does not end.');
}
