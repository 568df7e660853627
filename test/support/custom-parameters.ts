import { setTimeout as delay } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { expect } from 'vitest';
import type { Answer, TestServer } from './server.js';

/** Sends a request to one server or to another. */
export type Send = (method: string, path: string, body?: object) => Promise<Answer>;

export const extensionUrl = (code: string): string => `http://example.org/fhir/StructureDefinition/${code}`;

/** A SearchParameter over an extension of Observation, unless `changes` say otherwise. */
export const aSearchParameter = (code: string, changes: object = {}) => ({
  resourceType: 'SearchParameter',
  id: code,
  url: `http://example.org/fhir/SearchParameter/${code}`,
  name: 'AParameter',
  status: 'active',
  description: `Finds by ${code}.`,
  code,
  base: ['Observation'],
  type: 'token',
  expression: `Observation.extension.where(url = '${extensionUrl(code)}').value.ofType(code)`,
  ...changes,
});

export const idsOf = ({ body }: Answer): readonly string[] =>
  (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id);

/** The values of the Parameters that `$status` and its like answer. */
export function parametersOf({ body }: Answer): Readonly<Record<string, string | number>> {
  const list: readonly Readonly<Record<string, string | number>>[] = body.parameter ?? [];
  return Object.fromEntries(
    list.map(({ name, valueCode, valueInteger, valueString }) => [
      name,
      valueCode ?? valueInteger ?? valueString ?? '',
    ]),
  );
}

/** Asks until the answer is as wanted: an index is built in the background. */
export async function until(ask: () => Promise<Answer>, isWanted: (answer: Answer) => boolean): Promise<Answer> {
  let answer = await ask();
  for (let i = 0; i < 300 && !isWanted(answer); i++) {
    await delay(100);
    answer = await ask();
  }
  expect([isWanted(answer), answer.text]).toEqual([true, expect.anything()]);
  return answer;
}

export const untilActive = (send: Send, id: string): Promise<Answer> =>
  until(
    () => send('GET', `SearchParameter/${id}/$status`),
    (answer) => parametersOf(answer)['state'] !== 'building',
  );

/** Lets the time pass that lies between two passes over rows of other forms: the next one begins as soon as a server asks for it. */
export const endPauseOfIndexing = ({ app }: Pick<TestServer, 'app'>): Promise<unknown> =>
  app.get(DataSource).query(`UPDATE index_job SET finished = finished - interval '1 minute'`);
