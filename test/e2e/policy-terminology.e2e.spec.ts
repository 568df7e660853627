import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { PolicyTerminology } from '../../src/fhir/interactions/terminology/policy-terminology.js';
import { AccessPolicies } from '../../src/fhir/storage/policies/access-policies.js';
import { type AdminApi, adminApi } from '../support/admin-api.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

/** Policies whose criteria go by value sets and hierarchies, which the server looks up itself (ADR 31). */
let server: TestServer;
let admin: AdminApi;

beforeAll(async () => {
  server = await startServer();
  admin = await adminApi(server);
  const patients = ['p1', 'p2'].map((id) => putting({ ...aPatient(), id }));
  const observations = ['p1', 'p2'].map((id) => putting({ ...anObservation(`Patient/${id}`), id: `of-${id}` }));
  await server.call('POST', '', { token: admin.token, body: aBundle('transaction', ...patients, ...observations) });
});
afterAll(() => server.close());

const idsIn = (body: { readonly entry?: readonly { readonly resource: { readonly id: string } }[] }) =>
  (body.entry ?? []).map(({ resource }) => resource.id);

const remove = async (...names: readonly string[]): Promise<void> => {
  for (const name of names) expect((await admin.call('DELETE', `policies/${name}`)).status).toBe(204);
};

describe('a policy by value sets and hierarchies', () => {
  const codes = 'http://t.example/CodeSystem/tests';
  const harmless = 'http://t.example/ValueSet/harmless';
  const categories = 'http://terminology.hl7.org/CodeSystem/observation-category';
  const statuses = 'http://hl7.org/fhir/ValueSet/observation-status';
  // Who may read no terminology.
  const token = () => server.token('user/Observation.rs', { client_id: 'code-app' });
  const constrainTo = (constrain: string) =>
    admin.call('PUT', 'policies/codes', {
      description: 'Harmless results',
      assignedTo: { clients: ['code-app'] },
      rules: [{ types: ['Observation'], constrain }],
    });
  const put = async (resource: JsonObject) => {
    const address = `${resource['resourceType'] as string}/${resource['id'] as string}`;
    const { status, text } = await server.call('PUT', address, { token: admin.token, body: resource });
    expect([200, 201], text).toContain(status);
  };
  const valueSet = (...listed: readonly string[]) => ({
    resourceType: 'ValueSet',
    id: 'harmless',
    url: harmless,
    status: 'active',
    compose: { include: [{ system: codes, concept: listed.map((code) => ({ code })) }] },
  });
  const found = async () => {
    const { status, body, text } = await server.call('GET', 'Observation?_sort=_id', { token: token() });
    return status === 200 ? idsIn(body) : text;
  };

  beforeAll(async () => {
    const coded = (code: string, changes: JsonObject = {}) => ({
      ...anObservation('Patient/p1', { code: { coding: [{ system: codes, code }] }, ...changes }),
      id: `code-${code}`,
    });
    await put(coded('weight'));
    await put(coded('height', { category: [{ coding: [{ system: categories, code: 'vital-signs' }] }] }));
    await put(coded('drugs'));
    await put(valueSet('weight', 'height'));
    await put({
      resourceType: 'CodeSystem',
      id: 'tests',
      url: codes,
      status: 'active',
      content: 'complete',
      concept: [{ code: 'body', concept: [{ code: 'weight' }, { code: 'height' }] }, { code: 'drugs' }],
    });
  });
  afterAll(() => remove('codes'));

  it.each([
    [`code:in=${harmless}`, ['code-height', 'code-weight']],
    ['code:in=ValueSet/harmless&status=final', ['code-height', 'code-weight']],
    [`code:not-in=${harmless}`, ['code-drugs', 'of-p1', 'of-p2']],
    [`code:below=${codes}|body`, ['code-height', 'code-weight']],
    [`code:above=${codes}|weight`, ['code-weight']],
    [`status:in=${statuses}&code=${codes}|drugs`, ['code-drugs']],
    [`category:below=${categories}|vital-signs`, ['code-height']],
    [`patient.gender:in=http://hl7.org/fhir/ValueSet/administrative-gender&code:in=${harmless}`, []],
    [`_has:Observation:derived-from:code:in=${harmless}`, []],
  ])('%s limits whoever may not read them', async (constrain, ids) => {
    const stored = await constrainTo(constrain);
    expect(stored.status, stored.text).toBe(200);
    expect(await found()).toEqual(ids);
    const explained = await server.call('GET', '$my-access', { token: token() });
    expect(explained.text).toContain('Harmless results');
  });

  it('follows what is stored, and whose codes can no longer be listed refuses', async () => {
    await constrainTo(`code:in=${harmless}`);
    await put(valueSet('weight'));
    await expect.poll(found, { timeout: 5000, interval: 250 }).toEqual(['code-weight']);
    await server.call('DELETE', 'ValueSet/harmless', { token: admin.token });
    await server.app.get(AccessPolicies).lookAfresh();
    expect(await found()).toContain('"policy-refused"');
    expect(await found()).toContain(`this server cannot list the codes of code:in=${harmless}. The ValueSet`);
    await put(valueSet('weight'));
    await expect.poll(found, { timeout: 5000, interval: 250 }).toEqual(['code-weight']);
  });

  it('is expanded again only when something that its codes were made of was written', async () => {
    const named = (id: string, include: JsonObject) => ({
      ...valueSet(),
      id,
      url: `http://t.example/ValueSet/${id}`,
      compose: { include: [include] },
    });
    const below = { system: codes, filter: [{ property: 'concept', op: 'is-a', value: 'body' }] };
    const system = (...concept: readonly JsonObject[]) => ({
      resourceType: 'CodeSystem',
      id: 'tests',
      url: codes,
      status: 'active',
      content: 'complete',
      concept: [...concept],
    });
    await put(named('listed', { system: codes, concept: [{ code: 'drugs' }] }));
    await put(named('importing', { valueSet: [harmless] }));
    await put(named('filtered', below));
    const names = ['listed', 'importing', 'filtered'];
    await constrainTo(`code:in=${names.map((id) => `http://t.example/ValueSet/${id}`).join(',')}`);
    const listed = async () => {
      const policies = server.app.get(AccessPolicies);
      await policies.lookAfresh();
      const known = server.app.get(PolicyTerminology)['known'];
      return [known, ...names.map((id) => known.get(`in http://t.example/ValueSet/${id}`))];
    };
    // What the policy named before is forgotten with the next write.
    await put(named('unrelated', below));
    let before = await listed();
    const expandedAgain = async (resource: JsonObject) => {
      await put(resource);
      const after = await listed();
      const changed = names.filter((_, i) => after[i + 1] !== before[i + 1]);
      expect(after[0] === before[0]).toBe(changed.length === 0);
      before = after;
      return changed;
    };
    expect(await expandedAgain({ ...named('unrelated', below), title: 'Changed' })).toEqual([]);
    expect(await expandedAgain({ ...system({ code: 'x' }), id: 'other', url: 'http://t.example/other' })).toEqual([]);
    expect(await expandedAgain(valueSet('height'))).toEqual(['importing']);
    expect(await expandedAgain(named('listed', { valueSet: ['ValueSet/unrelated'] }))).toEqual(['listed']);
    const concept = [{ code: 'body', concept: [{ code: 'height' }] }, { code: 'weight' }, { code: 'drugs' }];
    expect(await expandedAgain(system(...concept))).toEqual(['listed', 'filtered']);
    expect(await found()).toEqual(['code-height']);
    // Of two with one url, the later one is meant.
    expect(await expandedAgain({ ...valueSet('drugs'), id: 'harmless-2' })).toEqual(['importing']);
    await server.call('DELETE', 'ValueSet/harmless-2', { token: admin.token });
    expect(await expandedAgain(valueSet('weight'))).toEqual(['importing']);
    expect(await found()).toEqual(['code-height', 'code-weight']);
  });

  it('does not go by a version of a value set whose transaction failed', async () => {
    const undone = (code: string) => ({ ...valueSet(code), id: 'undone', url: 'http://t.example/ValueSet/undone' });
    const body = aBundle(
      'transaction',
      putting(undone('drugs')),
      { request: { method: 'GET', url: 'Observation?code:in=ValueSet/undone' } },
      { request: { method: 'GET', url: 'Observation/nobody' } },
    );
    expect((await server.call('POST', '', { token: admin.token, body })).status).toBe(404);
    await put(undone('weight'));
    await constrainTo('code:in=ValueSet/undone');
    expect(await found()).toEqual(['code-weight']);
  });

  it('names those of R4, which nobody replaces by storing one of the same name', async () => {
    await put({ ...valueSet('weight'), id: 'mine', url: statuses });
    await constrainTo(`status:in=${statuses}&code:in=${harmless}`);
    expect(await found()).toEqual(['code-weight']);
    await server.call('DELETE', 'ValueSet/mine', { token: admin.token });
  });

  it.each([
    ['code:in=http://t.example/ValueSet/unknown', ['cannot list the codes of code:in', 'is not known here']],
    ['code:below=http://loinc.org|x', ['http://loinc.org', 'cannot list']],
    ['code:in={{user.codes}}', ['a placeholder cannot stand where :in']],
    [`code:below=${codes}|{{user.code}}`, ['a placeholder cannot stand where :in']],
    ['code:in=soon', ['canonical URL']],
  ])('%s is refused when it is stored', async (constrain, facts) => {
    const { status, text } = await constrainTo(constrain);
    expect(status, text).toBe(400);
    for (const fact of facts) expect(text).toContain(fact);
  });

  it('may have placeholders beside them', async () => {
    expect((await constrainTo(`code:in=${harmless}&patient={{user.who}}`)).status).toBe(200);
    expect(await found()).toContain('the token has no claim who');
    const asP1 = server.token('user/Observation.rs', { client_id: 'code-app', who: 'p1' });
    expect(idsIn((await server.call('GET', 'Observation', { token: asP1 })).body)).toEqual(['code-weight']);
  });
});
