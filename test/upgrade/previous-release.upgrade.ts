import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lanyard } from '../support/command-line.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { buildPreviousRelease, hasPreviousRelease, previousRelease } from '../support/previous-release.js';
import { ServerProcess } from '../support/server-process.js';

/** The release before and this one, processes on one database: servers are replaced one by one, and sometimes put back. */
describe.skipIf(!hasPreviousRelease())(
  `beside ${previousRelease.commit.slice(0, 8)} (skipped without git history)`,
  () => {
    let database: FreshDatabase;
    let program: string;
    let before: ServerProcess;
    let now: ServerProcess;
    const running = new Set<ServerProcess>();

    beforeAll(async () => {
      program = await buildPreviousRelease();
      database = await freshDatabase('empty');
      before = await startBefore();
    }, 300_000);
    afterAll(async () => {
      await Promise.all([...running].map((server) => server.kill()));
      await database.drop();
    });

    async function startBefore(): Promise<ServerProcess> {
      const server = await ServerProcess.spawn(database, {}, program);
      running.add(server);
      await server.listens();
      return server;
    }

    async function stop(server: ServerProcess): Promise<void> {
      running.delete(server);
      await server.kill('SIGTERM');
    }

    const aPatient = (mrn: string) => ({
      resourceType: 'Patient',
      identifier: [{ system: 'urn:mrn', value: mrn }],
      name: [{ family: `Family-${mrn}`, given: ['Ada'] }],
      birthDate: '1970-01-01',
    });

    /** Writers that go on until `work` is done; what was refused is what an upgrade costs. */
    async function underLoad<T>(
      server: ServerProcess,
      work: () => Promise<T>,
    ): Promise<{ done: T; written: number; refused: unknown[] }> {
      const { access } = await server.logIn();
      const refused: unknown[] = [];
      let written = 0;
      const end = new AbortController();
      const writers = [1, 2].map(async (writer) => {
        while (!end.signal.aborted) {
          const answer = await server.call('POST', 'Patient', access, aPatient(`load-${writer}-${written}`));
          if (answer.status === 201) written++;
          else refused.push([answer.status, answer.body]);
          await delay(20);
        }
      });
      const done = await work().finally(() => end.abort());
      await Promise.all(writers);
      return { done, written, refused };
    }

    it('with MIGRATIONS=manual it waits, unready, until "lanyard migrate" has run; the release before writes all the while', async () => {
      const { refused, written } = await underLoad(before, async () => {
        const plan = await lanyard({ DATABASE_URL: database.url }, ['migrate', '--plan', '--json']);
        const { pending = [] } = JSON.parse(plan.output || '{}') as {
          pending?: readonly { effects: readonly { breaks?: string }[] }[];
        };
        expect(plan.exitCode).toBe(pending.length === 0 ? 0 : 3);
        expect(pending.flatMap(({ effects }) => effects).filter(({ breaks }) => breaks !== undefined)).toEqual([]);
        now = await ServerProcess.spawn(database, { MIGRATIONS: 'manual' });
        running.add(now);
        if (pending.length > 0) {
          await expect.poll(() => ready(now), { timeout: 60_000 }).toBe(503);
          expect(
            (await lanyard({ DATABASE_URL: database.url, MIGRATIONS: 'manual' }, ['user', 'list'])).remarks,
          ).toContain('run "lanyard migrate"');
          expect((await lanyard({ DATABASE_URL: database.url }, ['migrate'])).exitCode).toBe(0);
        }
        // The first server of a release indexes the stored rows anew before it serves.
        await now.listens(120_000);
        await expect.poll(() => ready(now), { timeout: 30_000 }).toBe(200);
      });
      expect(refused).toEqual([]);
      expect(written).toBeGreaterThan(0);
      expect(await lanyard({ DATABASE_URL: database.url }, ['migrate', '--plan'])).toMatchObject({ exitCode: 0 });
    }, 240_000);

    const ready = (server: ServerProcess): Promise<number> =>
      fetch(server.base.replace('/fhir/r4', '/health/ready')).then(
        ({ status }) => status,
        () => 0,
      );

    describe.each([
      ['the release before', 'this release', () => [before, now] as const],
      ['this release', 'the release before', () => [now, before] as const],
    ])('what %s did, %s', (first, _, both) => {
      const mrn = first.replaceAll(' ', '-');
      let token: string;
      let id: string;

      it('takes its tokens, renews its session, and ends it', async () => {
        const [writer, reader] = both();
        const tokens = await writer.logIn();
        expect((await reader.call('GET', 'Patient?_count=1', tokens.access)).status).toBe(200);
        const renewed = await reader.call('POST', 'refresh', undefined, { refresh_token: tokens.refresh });
        expect(renewed.status).toBe(200);
        const { access_token: access, refresh_token: refreshed } = renewed.body as Record<string, string>;
        expect((await writer.call('GET', 'Patient?_count=1', access)).status).toBe(200);
        expect((await writer.call('POST', 'logout', access, { refresh_token: refreshed })).status).toBeLessThan(300);
        await expect
          .poll(async () => (await reader.call('GET', 'Patient?_count=1', access)).status, { timeout: 15_000 })
          .toBe(401);
        ({ access: token } = await writer.logIn());
      });

      it('reads, finds and changes what it wrote', async () => {
        const [writer, reader] = both();
        const made = await writer.call('POST', 'Patient', token, aPatient(mrn));
        expect(made.status).toBe(201);
        id = made.body.id as string;
        await writer.call('POST', 'Observation', token, anObservation(id));
        expect((await reader.call('GET', `Patient/${id}`, token)).body).toEqual(made.body);
        for (const search of [
          `Patient?identifier=urn:mrn|${mrn}`,
          `Patient?family=family-${mrn}&birthdate=1970-01-01&_sort=-_lastUpdated`,
          `Patient?_has:Observation:patient:value-quantity=gt5&identifier=urn:mrn|${mrn}`,
        ])
          expect(idsOf((await reader.call('GET', search, token)).body), search).toEqual([id]);
        const chained = await reader.call(
          'GET',
          `Observation?patient.identifier=urn:mrn|${mrn}&_include=Observation:patient`,
          token,
        );
        expect(idsOf(chained.body)).toHaveLength(2);
        const changed = await reader.call('PUT', `Patient/${id}`, token, { ...aPatient(mrn), id, gender: 'female' });
        expect(changed.status).toBe(200);
        expect(
          idsOf((await writer.call('GET', `Patient?gender=female&identifier=urn:mrn|${mrn}`, token)).body),
        ).toEqual([id]);
        const { body } = await writer.call('GET', `Patient/${id}/_history`, token);
        expect(
          body.entry.map((entry: { resource: { meta: { versionId: string } } }) => entry.resource.meta.versionId),
        ).toEqual(['2', '1']);
      });

      it('makes one resource of a condition that both are asked for at once', async () => {
        const [writer, reader] = both();
        const bundle = {
          resourceType: 'Bundle',
          type: 'transaction',
          entry: [
            {
              resource: aPatient(`${mrn}-once`),
              request: { method: 'POST', url: 'Patient', ifNoneExist: `identifier=urn:mrn|${mrn}-once` },
            },
          ],
        };
        const answers = await Promise.all(
          [1, 2, 3, 4].map((n) => (n % 2 ? writer : reader).call('POST', '', token, bundle)),
        );
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
        expect(idsOf((await reader.call('GET', `Patient?identifier=urn:mrn|${mrn}-once`, token)).body)).toHaveLength(1);
      });

      it('finds by a SearchParameter that it stored', async () => {
        const [writer, reader] = both();
        const code = `nick-${mrn}`;
        const stored = await writer.call('POST', 'SearchParameter', token, {
          resourceType: 'SearchParameter',
          url: `https://test.example/${code}`,
          name: 'Nick',
          status: 'active',
          description: 'Given names',
          code,
          base: ['Patient'],
          type: 'string',
          expression: 'Patient.name.given',
        });
        expect(stored.status, JSON.stringify(stored.body)).toBe(201);
        for (const server of [writer, reader])
          await expect
            .poll(
              async () =>
                idsOf((await server.call('GET', `Patient?${code}=Ada&identifier=urn:mrn|${mrn}`, token)).body),
              { timeout: 60_000 },
            )
            .toEqual([id]);
      }, 120_000);

      it('sees what it deleted as gone', async () => {
        const [writer, reader] = both();
        expect((await writer.call('DELETE', `Patient/${id}`, token)).status).toBe(204);
        expect((await reader.call('GET', `Patient/${id}`, token)).status).toBe(410);
      });
    });

    it('finds what the release before wrote last by every kind of search after "lanyard reindex"', async () => {
      const { access } = await before.logIn();
      const { body } = await before.call('POST', 'Patient', access, aPatient('xyzzyplugh'));
      await stop(before);
      expect(await lanyard({ DATABASE_URL: database.url }, ['reindex', '--type', 'Patient'])).toMatchObject({
        exitCode: 0,
      });
      expect(idsOf((await now.call('GET', 'Patient?family:contains=zzyplu', access)).body)).toEqual([body.id]);
    }, 120_000);

    it('can be taken back: the release before starts on the newer schema, and everything is there', async () => {
      await stop(now);
      before = await startBefore();
      const { access } = await before.logIn();
      const { body } = await before.call('GET', 'Patient?_summary=count', access);
      expect(body.total).toBeGreaterThan(2);
      expect((await before.call('POST', 'Patient', access, aPatient('back'))).status).toBe(201);
    });
  },
);

const anObservation = (patient: string) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  subject: { reference: `Patient/${patient}` },
  valueQuantity: { value: 70, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
});

const idsOf = ({ entry = [] }: { entry?: readonly { resource: { id: string } }[] }): readonly string[] =>
  entry.map(({ resource }) => resource.id);
