// Published bundles of a hospital and its patients, which refer to each other by conditions (https://hl7.org/fhir/R4/http.html#trules)
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFull } from '../support/full.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const folder = '../shared/data/synthea/datapipes-hiv';
const isThere = existsSync(folder);
const readBundle = (name: string): object =>
  JSON.parse(gunzipSync(readFileSync(`${folder}/${name}`)).toString('utf8')) as object;
const statusesOf = ({ body }: Answer): readonly string[] =>
  body.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3));

describe.runIf(isThere && isFull)(
  'published bundles of a hospital and its patients (with ../shared/data, by npm run test:full)',
  () => {
    let server: TestServer;
    let all: string;
    beforeAll(async () => {
      server = await startServer();
      all = server.token('user/*.cruds');
    });
    afterAll(() => server.close());

    it('load with every ifNoneExist and every conditional reference resolved', async () => {
      const names = readdirSync(folder);
      const batches = names.filter((name) => name.includes('Information'));
      for (const name of batches) {
        const answer = await server.call('POST', '', { token: all, body: readBundle(name) });
        expect(new Set(statusesOf(answer))).toEqual(new Set(['201']));
      }
      for (const name of names.filter((one) => !batches.includes(one)).slice(0, 3)) {
        const answer = await server.call('POST', '', { token: all, body: readBundle(name) });
        expect(answer.status, answer.text.slice(0, 2000)).toBe(200);
      }
      const { entry: found } = (await server.call('GET', 'Encounter?_count=1000', { token: all })).body;
      expect(found.length).toBeGreaterThan(10);
      expect(JSON.stringify(found)).not.toMatch(/"reference":"\w+\?/);
    }, 120_000);
  },
);
