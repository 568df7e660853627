import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lanyard } from '../support/command-line.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { buildPreviousRelease, hasPreviousRelease, previousRelease } from '../support/previous-release.js';
import { type HttpAnswer, ServerProcess } from '../support/server-process.js';

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
          const { output } = await lanyard({ DATABASE_URL: database.url }, ['migrate', '--plan']);
          expect(output).toMatch(/: nobody writes to \w+ meanwhile, about \d+ rows, [\d.]+ (?:bytes|[kMGT]B)$/m);
          await expect.poll(() => ready(now), { timeout: 60_000 }).toBe(503);
          expect(
            (await lanyard({ DATABASE_URL: database.url, MIGRATIONS: 'manual' }, ['user', 'list'])).remarks,
          ).toContain('run "lanyard migrate"');
          expect((await lanyard({ DATABASE_URL: database.url }, ['migrate'])).exitCode).toBe(0);
        }
        // It serves at once; searches that what is stored may be missing from wait, the others do not.
        await now.listens(120_000);
        await expect.poll(() => ready(now), { timeout: 30_000 }).toBe(200);
      });
      expect(refused).toEqual([]);
      expect(written).toBeGreaterThan(0);
      const plan = await lanyard({ DATABASE_URL: database.url }, ['migrate', '--plan', '--json']);
      expect(JSON.parse(plan.output)).toMatchObject({ pending: [] });
    }, 240_000);

    /** As a client does that heeds Retry-After: while servers of both releases write, this one may have to index first. */
    async function ask(server: ServerProcess, ...request: Parameters<ServerProcess['call']>): Promise<HttpAnswer> {
      const end = Date.now() + 60_000;
      for (;;) {
        const answer = await server.call(...request);
        if (answer.status !== 503 || Date.now() > end) return answer;
        expect(answer.headers.get('retry-after')).not.toBeNull();
        await delay(250);
      }
    }

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
        expect((await ask(reader, 'GET', 'Patient?_count=1', tokens.access)).status).toBe(200);
        const renewed = await ask(reader, 'POST', 'refresh', undefined, { refresh_token: tokens.refresh });
        expect(renewed.status).toBe(200);
        const { access_token: access, refresh_token: refreshed } = renewed.body as Record<string, string>;
        expect((await ask(writer, 'GET', 'Patient?_count=1', access)).status).toBe(200);
        expect((await ask(writer, 'POST', 'logout', access, { refresh_token: refreshed })).status).toBeLessThan(300);
        await expect
          .poll(async () => (await ask(reader, 'GET', 'Patient?_count=1', access)).status, { timeout: 15_000 })
          .toBe(401);
        ({ access: token } = await writer.logIn());
      });

      it('reads, finds and changes what it wrote', async () => {
        const [writer, reader] = both();
        const made = await ask(writer, 'POST', 'Patient', token, aPatient(mrn));
        expect(made.status).toBe(201);
        id = made.body.id as string;
        await ask(writer, 'POST', 'Observation', token, anObservation(id));
        expect((await ask(reader, 'GET', `Patient/${id}`, token)).body).toEqual(made.body);
        for (const search of [
          `Patient?identifier=urn:mrn|${mrn}`,
          `Patient?family=family-${mrn}&birthdate=1970-01-01&_sort=-_lastUpdated`,
          `Patient?_has:Observation:patient:value-quantity=gt5&identifier=urn:mrn|${mrn}`,
        ])
          expect(idsOf((await ask(reader, 'GET', search, token)).body), search).toEqual([id]);
        const chained = await ask(
          reader,
          'GET',
          `Observation?patient.identifier=urn:mrn|${mrn}&_include=Observation:patient`,
          token,
        );
        expect(idsOf(chained.body)).toHaveLength(2);
        const changed = await ask(reader, 'PUT', `Patient/${id}`, token, { ...aPatient(mrn), id, gender: 'female' });
        expect(changed.status).toBe(200);
        expect(
          idsOf((await ask(writer, 'GET', `Patient?gender=female&identifier=urn:mrn|${mrn}`, token)).body),
        ).toEqual([id]);
        const { body } = await ask(writer, 'GET', `Patient/${id}/_history`, token);
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
          [1, 2, 3, 4].map((n) => ask(n % 2 ? writer : reader, 'POST', '', token, bundle)),
        );
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
        expect(idsOf((await ask(reader, 'GET', `Patient?identifier=urn:mrn|${mrn}-once`, token)).body)).toHaveLength(1);
      });

      it('finds by a SearchParameter that it stored', async () => {
        const [writer, reader] = both();
        const code = `nick-${mrn}`;
        const stored = await ask(writer, 'POST', 'SearchParameter', token, {
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
                idsOf((await ask(server, 'GET', `Patient?${code}=Ada&identifier=urn:mrn|${mrn}`, token)).body),
              { timeout: 60_000 },
            )
            .toEqual([id]);
      }, 120_000);

      it('sees what it deleted as gone', async () => {
        const [writer, reader] = both();
        expect((await ask(writer, 'DELETE', `Patient/${id}`, token)).status).toBe(204);
        expect((await ask(reader, 'GET', `Patient/${id}`, token)).status).toBe(410);
      });
    });

    it('finds what the release before wrote last by every kind of search, without anybody doing anything', async () => {
      const { access } = await before.logIn();
      const { body } = await before.call('POST', 'Patient', access, aPatient('xyzzyplugh'));
      await stop(before);
      await expect
        .poll(async () => idsOf((await ask(now, 'GET', 'Patient?family:contains=zzyplu', access)).body), {
          timeout: 60_000,
        })
        .toEqual([body.id]);
      await expect
        .poll(async () => (await lanyard({ DATABASE_URL: database.url }, ['migrate', '--plan'])).exitCode, {
          timeout: 60_000,
        })
        .toBe(0);
    }, 180_000);

    it('stores AuditEvents in the form that the release before reads', async () => {
      const client = new pg.Client(database.connection);
      await client.connect();
      try {
        const { rows } = await client.query<{ events: number; short: number }>(
          `SELECT count(*)::integer AS events, (count(*) FILTER (WHERE left(body, 1) <> '{'))::integer AS short FROM resource_auditevent`,
        );
        expect(rows[0]!.events).toBeGreaterThan(10);
        expect(rows[0]!.short).toBe(0);
      } finally {
        await client.end();
      }
    });

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
