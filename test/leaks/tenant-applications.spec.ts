// Applications of tenants are made like one pattern, and make the routes of controllers when these are first asked (docs/adr/0131, 0132): what was made
// for one tenant answers no other, whichever asked first.
import { ModulesContainer, NestApplication } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SharedFastify } from '../../src/app/tenants/router/shared-fastify.js';
import { isOfR4 } from '../../src/r4/search/parameters/search-parameters.js';
import { shareOfEach } from '../support/full.js';
import { startTenants, type TenantAnswer, type TenantsServer, type TestTenant } from '../support/tenants.js';
import { visible } from './visible-answer.js';

let server: TenantsServer;
let tenants: readonly [TestTenant, TestTenant];
/** Routes of controllers, as the first application has them. */
let routes: readonly { readonly methods: readonly string[]; readonly url: string; readonly controller: number }[];
/** By tenant. */
const applications: NestApplication[] = [];
const tokens = new Map<TestTenant, string>();

beforeAll(async () => {
  const init = vi.spyOn(NestApplication.prototype, 'init');
  const placeOf = vi.spyOn(SharedFastify.prototype, 'placeOf');
  try {
    server = await startTenants({ INTERACTION_AUTOPILOT: 'on', REGISTRATION: 'open', EVENT_LOOP_DELAY: '0' });
    // The first application makes all of its routes as it starts.
    await server.create('complete');
    tenants = [await server.create('first-clinic'), await server.create('other-clinic')];
    applications.push(...(init.mock.contexts as NestApplication[]).slice(-2));
    routes = placeOf.mock.calls.flatMap(([{ key }, route]) => {
      const [kind, methods = '', url = ''] = key.split(' ');
      return kind === 'route' && route ? [{ methods: methods.split(','), url, controller: route.controller }] : [];
    });
  } finally {
    init.mockRestore();
    placeOf.mockRestore();
  }
});
afterAll(() => server.close());

/** The two, the other one first at each second call. */
const inTurns = (number: number): readonly TestTenant[] => (number % 2 === 0 ? tenants : tenants.toReversed());

/** Content that is equal but for the name of the tenant. */
async function fill(tenant: TestTenant): Promise<void> {
  const token = tokens.get(tenant)!;
  const { name } = tenant;
  const bodies: Readonly<Record<string, object>> = {
    'PUT Patient/p1': { resourceType: 'Patient', id: 'p1', name: [{ family: name }] },
    'PUT Observation/p1': {
      resourceType: 'Observation',
      id: 'p1',
      status: 'final',
      code: { text: name },
      subject: { reference: 'Patient/p1' },
    },
    'POST /oauth2/users': { name: 'jane', grants: 'user/*.rs', password: `password of jane ${name}` },
    'POST /oauth2/clients': {
      id: 'the-app',
      name: `App of ${name}`,
      kind: 'public',
      grantTypes: ['authorization_code'],
      redirectUris: ['http://127.0.0.1:9/callback'],
      scopes: 'user/*.rs launch/patient',
    },
    'PUT /oauth2/policies/the-policy': {
      description: name,
      assignedTo: { users: ['jane'] },
      rules: [{ deny: 'r', types: ['Basic'] }],
    },
    'PUT /admin/suppression-rules/the-rule': { code: 'dom-6', reason: name, until: '2027-12-31' },
  };
  for (const [line, body] of Object.entries(bodies)) {
    const [method = '', path = ''] = line.split(' ');
    const { status, text } = await tenant.call(method, path, { token, body });
    expect(status, `${line}: ${text}`).toBeLessThan(300);
  }
}

const values: readonly (readonly [RegExp, string])[] = [
  [/^(\/oauth2\/users\/):name/, '$1jane'],
  [/^(\/oauth2\/clients\/):id/, '$1the-app'],
  [/^(\/oauth2\/policies\/):name/, '$1the-policy'],
  [/^(\/admin\/suppression-rules\/):name/, '$1the-rule'],
  [/:patient\b/, 'p1'],
  [/:type\b/, 'Patient'],
  [/:id\b/, 'p1'],
  [/:versionId\b/, '1'],
  [/:member\b/, 'Observation'],
  [/^\/fhir\/r4\/\$:operation/, '/fhir/r4/$$my-access'],
  [/:operation\b/, 'everything'],
  [/:\w+/g, 'x'],
  [/\*/g, 'x'],
];
const addressOf = (url: string): string => values.reduce((path, [name, value]) => path.replace(name, value), url);

/** What both answer alike: without what is of the moment, random, or sealed. */
const alike = (answer: TenantAnswer, { name }: TestTenant): string =>
  JSON.stringify(visible(answer))
    .replaceAll(name, 'NAME')
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)/g, 'TIME')
    .replaceAll(/\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT/g, 'TIME')
    .replaceAll(/nonce[-=\\"]+[\w+/]+=*/g, 'NONCE')
    .replaceAll(/[\w-]{27,}/g, 'RANDOM');

/** Where two texts differ first. */
function difference(a: string, b: string): readonly string[] {
  let at = 0;
  while (a[at] === b[at]) at++;
  return [a, b].map((text) => text.slice(Math.max(0, at - 80), at + 80));
}

describe('two tenants', () => {
  it('that ask each controller in turns are answered by their own', async () => {
    for (const tenant of tenants) {
      const login = await tenant.call('POST', 'login', { body: { user: 'admin', password: 'test-admin-password' } });
      expect(login.status, login.text).toBe(200);
      tokens.set(tenant, login.body.access_token as string);
    }
    for (const tenant of tenants) await fill(tenant);
    const all = routes.filter(({ methods }) => methods.includes('GET'));
    const asked = shareOfEach(all, 6, ({ controller }) => `${controller}`);
    expect(new Set(asked.map(({ controller }) => controller)).size).toBeGreaterThan(30);
    const differing: unknown[] = [];
    // Once each has made a route, it is asked again by the other one first.
    for (const round of [0, 1])
      for (const [n, { url }] of asked.entries()) {
        const path = addressOf(url);
        const answers: string[] = [];
        for (const tenant of inTurns(n + round)) {
          const answer = await tenant.call('GET', path, { token: tokens.get(tenant)! });
          const [other] = tenants.filter((one) => one !== tenant);
          const seen = answer.text + JSON.stringify([...answer.headers]);
          if (seen.includes(other!.name))
            differing.push([path, tenant.name, seen.slice(seen.indexOf(other!.name) - 80)]);
          answers.push(alike(answer, tenant));
        }
        const [first = '', second = ''] = answers;
        if (first !== second) differing.push([path, ...difference(first, second)]);
      }
    expect(differing).toEqual([]);
  });

  it('share no object but those of the process', () => {
    const [a, b] = applications.map(objectsOf);
    // What plain data of a module holds is the module's, and `shared-state.spec.ts` looks at those.
    const shared = [...a!].filter(([object, { parent }]) => b!.has(object) && !(parent && b!.has(parent)));
    expect(shared.filter(([object]) => !isData(object) && !isOfR4Alone(object)).map(([, { place }]) => place)).toEqual(
      [],
    );
    expect(a!.size).toBeGreaterThan(500);
  });
});

/** Classes of what tenants share (docs/adr/0068, 0130 to 0132, 0160), and plain data of modules. */
const ofTheProcess: readonly string[] = [
  'DataSource',
  'Repository',
  'BoundPool',
  'CallerShares',
  'BodyMemory',
  // The purpose and the words of a kind of texts; secrets and texts are passed to it.
  'TextSeal',
  // Threads, and who waits for them; a document is there for as long as it is worked on.
  'LargeDocuments',
  'ServerLog',
  'ChangePoll',
  'Pattern',
  'SharedFastify',
  // Of the shared Fastify; nobody listens on it.
  'Server',
  // Keys are the objects of one application.
  'WeakMap',
  // Timers of a process are in lists of each other.
  'Timeout',
];
const isData = (object: object): boolean => Array.isArray(object) || nameOf(object) === 'Object';
/** Search parameters of a type, where there are no others than R4's. */
const isOfR4Alone = (object: object): boolean =>
  object instanceof Map && object.size > 0 && [...object.values()].every((one) => isOfR4(one) || one?.code === '_list');
const nameOf = (object: object): string => object.constructor?.name ?? 'Object';

interface Found {
  /** Class and member where it was found first. */
  readonly place: string;
  readonly parent?: object;
}

/** What is reached from the instances that an application made. */
function objectsOf(application: NestApplication): ReadonlyMap<object, Found> {
  const found = new Map<object, Found>();
  const queue: object[] = [];
  const add = (value: unknown, place: string, parent?: object): void => {
    if (typeof value !== 'object' || value === null || found.has(value)) return;
    if (ofTheProcess.includes(nameOf(value)) || ArrayBuffer.isView(value)) return;
    found.set(value, { place, ...(parent && { parent }) });
    queue.push(value);
  };
  for (const instance of instancesOf(application)) add(instance, nameOf(instance));
  for (let object = queue.shift(); object; object = queue.shift()) {
    const place = nameOf(object);
    if (object instanceof Map) for (const entry of object) for (const one of entry) add(one, `${place}.*`, object);
    if (object instanceof Set) for (const value of object) add(value, `${place}.*`, object);
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(object)))
      add(value, `${place}.${key}`, object);
  }
  return found;
}

const instancesOf = (application: NestApplication): readonly object[] =>
  [...application.get(ModulesContainer).values()]
    .flatMap(({ providers, injectables, controllers }) =>
      [providers, injectables, controllers].flatMap((all) =>
        [...all.values()].map(({ instance }): unknown => instance),
      ),
    )
    .filter((one): one is object => typeof one === 'object' && one !== null);
