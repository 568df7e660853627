// The cases of HL7 for $graphql (fhir-test-cases/r4/graphql), by the manifest that comes with them
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.js';

const folder = new URL('../../../shared/data/fhir-test-cases/r4/', import.meta.url);
const isThere = existsSync(new URL('graphql/manifest.xml', folder));
const textOf = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

interface Case {
  readonly name: string;
  readonly source: string;
  readonly output: string;
  readonly context: string;
}

const attribute = (test: string, name: string): string => new RegExp(` ${name}="([^"]*)"`).exec(test)?.[1] ?? '';

const cases = (): readonly Case[] =>
  [...textOf('graphql/manifest.xml').matchAll(/<test [^>]*>/g)].map(([test]) => ({
    name: attribute(test, 'name'),
    source: attribute(test, 'source'),
    output: attribute(test, 'output'),
    context: attribute(test, 'context'),
  }));

/** Cases that expect something else than this server answers, and why it does. */
const otherwise: Readonly<Record<string, string>> = {
  'search-full': 'the count, the page size, the cursor and the score are made up; the matches are compared below',
  'extension-simple':
    'a field that stands twice comes as a list there, though it does not repeat; GraphQL has the two united, and so has this server',
};

const stored = ['patient-example', 'patient-example-xds', 'condition-example'];
/** The one that comes with the cases is not in the order of its elements. */
const observation = createRequire(import.meta.url).resolve('hl7.fhir.r4.examples/Observation-example.json');
const storedLater = [
  'examples/medicationdispenseexample8',
  'patient-glossy-example',
  'observation-example-20minute-apgar-score',
  'list-example-long',
];

let server: TestServer;
let token: string;

async function store(names: readonly string[]): Promise<void> {
  for (const name of names) {
    // The manifest calls the list by another id.
    const body = textOf(`${name}.xml`).replace('<id value="long"/>', '<id value="example-long"/>');
    const [, type] = /<([A-Z][A-Za-z]+) xmlns="http:\/\/hl7.org\/fhir"/.exec(body)!;
    const [, id] = /<id value="([^"]+)"/.exec(body)!;
    const headers = { 'content-type': 'application/fhir+xml' };
    const { status, text } = await server.call('PUT', `${type}/${id}`, { token, body, headers });
    expect([name, status], text.slice(0, 800)).toEqual([name, 201]);
  }
}

async function answerTo({ source, context }: Pick<Case, 'source' | 'context'>) {
  const query = textOf(`graphql/${source}`);
  const body = JSON.stringify({ query, ...(source === 'directive-variable.gql' && { variables: { var: true } }) });
  const path = context === '' ? '$graphql' : context;
  return server.call('POST', path, { token, body, headers: { 'content-type': 'application/json' } });
}

describe.skipIf(!isThere)('cases of $graphql (skipped: ../shared/data is not there)', () => {
  beforeAll(async () => {
    server = await startServer({ VALIDATION: 'structure' });
    token = server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });
  });
  afterAll(() => server.close());

  it('are answered as HL7 expects, but for those that are named here', async () => {
    await store(stored);
    await server.call('PUT', 'Observation/example', { token, body: readFileSync(observation, 'utf8') });
    const failed: string[] = [];
    let passed = 0;
    const search = ({ context }: Case) => context === '';
    const run = async (some: readonly Case[]) => {
      for (const one of some) {
        const { status, body } = await answerTo(one);
        const expected = one.output === '$error' ? undefined : (JSON.parse(textOf(`graphql/${one.output}`)) as unknown);
        const isAsExpected =
          expected === undefined ? status >= 400 && body.errors.length > 0 : isDeepEqual(body.data, expected);
        if (isAsExpected) passed += 1;
        else failed.push(one.name);
      }
    };
    // Their results are those of four resources.
    await run(cases().filter(search));
    await store(storedLater);
    await run(cases().filter((one) => !search(one)));
    expect(failed.toSorted()).toEqual(Object.keys(otherwise).toSorted());
    expect([passed, cases().length]).toEqual([27, 29]);
  });

  it('have the same matches where the rest is made up', async () => {
    const { body } = await answerTo({ source: 'search-full.gql', context: '' });
    const ids = body.data.PatientConnection.edges.map(({ resource }: { resource: { id: string } }) => resource.id);
    expect(ids).toEqual(expect.arrayContaining(['example', 'xds']));
    expect(body.data.PatientConnection).toMatchObject({ offset: 0, count: ids.length });
    const apgar = cases().find(({ name }) => name === 'extension-simple')!;
    const resource = {
      birthDate: '2016-05-18',
      _birthDate: { extension: [{ valueDateTime: '2016-05-18T10:28:45Z' }] },
    };
    expect((await answerTo(apgar)).body).toHaveProperty('data.subject', { resource });
  });

  it('by an address are answered alike', async () => {
    const file = JSON.parse(textOf('graphql/server-tests.json')) as Record<
      string,
      Record<string, { url: string; output: object }>
    >;
    for (const group of ['instance-tests', 'root-tests'])
      for (const { url, output } of Object.values(file[group]!)) {
        const [path, query] = url.split('?query=') as [string, string];
        const answer = await server.call('GET', `${path.slice(1)}?query=${encodeURIComponent(query)}`, { token });
        expect(answer.body).toEqual(output);
      }
  });
});

function isDeepEqual(one: unknown, other: unknown): boolean {
  try {
    expect(one).toEqual(other);
    return true;
  } catch {
    return false;
  }
}
