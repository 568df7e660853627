// docs/adr/0099 and 0134: three transactions at once, with the outcome of one after the other
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { textOf } from '../../../r4/json/items.js';
import type { JsonObject } from '../../../r4/json/json.js';
import type { ImportCircumstances, ImportedItem, ImportResult } from './importer.js';
import { type GroupStore, storeGroups } from './store-groups.js';

const item = (id: string, resource: JsonObject = { resourceType: 'Patient' }): ImportedItem => ({
  resource: { ...resource, id },
  address: `${textOf(resource['resourceType'])}/${id}`,
  place: id,
});

/** Notes what begins and ends; a group that begins with `slow` takes longer than others. */
class NotedStore implements GroupStore {
  readonly notes: string[] = [];
  /** Resources that are stored. */
  private readonly stored = new Set<string>();

  store(items: readonly ImportedItem[], given: ImportCircumstances): Promise<ImportResult> {
    return this.run(items, given, 'alone');
  }

  attempt(items: readonly ImportedItem[], given: ImportCircumstances): Promise<ImportResult> {
    return this.run(items, given, 'beside');
  }

  private async run(items: readonly ImportedItem[], { keep }: ImportCircumstances, how: string): Promise<ImportResult> {
    const name = items.map(({ place }) => place).join('+');
    this.notes.push(`${name} begins ${how}`);
    await sleep(name.startsWith('slow') ? 40 : 5);
    if (name === 'fatal') throw new Error('lost');
    if (name === 'needs-slow' && !this.stored.has('slow'))
      throw new InvalidRequest({ code: 'not-found', diagnostics: 'slow is not there' });
    const result = { created: items.length, known: 0, failures: [] };
    await keep?.(undefined as never, items, result);
    this.stored.add(name);
    this.notes.push(`${name} is stored`);
    return result;
  }
}

async function* listed(groups: readonly (readonly ImportedItem[])[], failure?: Error) {
  yield* groups;
  if (failure) throw failure;
}

async function storedBy(
  groups: readonly (readonly ImportedItem[])[],
  more: { keeps?: boolean; failure?: Error; patience?: number } = {},
) {
  const store = new NotedStore();
  const keep = () => Promise.resolve();
  const given = { context: () => Promise.reject(new Error('unused')), ...(more.keeps && { keep }) };
  let created = 0;
  let error: unknown;
  try {
    for await (const result of storeGroups(store, listed(groups, more.failure), given, more.patience))
      created += result.created;
  } catch (thrown) {
    error = thrown;
  }
  return { notes: store.notes, created, error };
}

describe('groups of an import', () => {
  it('are stored three at a time', async () => {
    const { notes, created } = await storedBy([[item('slow')], [item('b')], [item('c')], [item('d')]]);
    expect(created).toBe(4);
    expect(notes.slice(0, 3)).toEqual(['slow begins alone', 'b begins beside', 'c begins beside']);
    expect(notes.indexOf('slow is stored')).toBeLessThan(notes.findIndex((note) => note.startsWith('d begins')));
  });

  it('are written down in their order', async () => {
    const { notes } = await storedBy([[item('slow')], [item('b')], [item('c')]], { keeps: true });
    expect(notes.filter((note) => note.endsWith('is stored'))).toEqual([
      'slow is stored',
      'b is stored',
      'c is stored',
    ]);
  });

  it('wait for each other where they have a resource in common', async () => {
    const { notes } = await storedBy([[item('slow'), item('a')], [item('a')]]);
    expect(notes).toEqual(['slow+a begins alone', 'slow+a is stored', 'a begins alone', 'a is stored']);
  });

  it.each([
    ['definitions', { resourceType: 'StructureDefinition' }],
    ['Consents', { resourceType: 'Consent' }],
    ['conditional references', { resourceType: 'Observation', subject: { reference: 'Patient?identifier=1' } }],
  ])('stand alone where they have %s', async (_what, resource) => {
    const { notes } = await storedBy([[item('slow')], [item('d', resource)], [item('c')]]);
    expect(notes.filter((note) => note.includes('begins'))).toEqual([
      'slow begins alone',
      'd begins alone',
      'c begins alone',
    ]);
    expect(notes.indexOf('slow is stored')).toBeLessThan(notes.indexOf('d begins alone'));
    expect(notes.indexOf('d is stored')).toBeLessThan(notes.indexOf('c begins alone'));
  });

  it('are tried again once those before them are stored', async () => {
    const { notes, created } = await storedBy([[item('slow')], [item('needs-slow')]]);
    expect(created).toBe(2);
    expect(notes).toEqual([
      'slow begins alone',
      'needs-slow begins beside',
      'slow is stored',
      'needs-slow begins alone',
      'needs-slow is stored',
    ]);
  });

  it('are tried again once all before them are stored, not only the last one', async () => {
    const { notes, created } = await storedBy([[item('slow')], [item('b')], [item('needs-slow')]]);
    expect(created).toBe(3);
    expect(notes.slice(-3)).toEqual(['slow is stored', 'needs-slow begins alone', 'needs-slow is stored']);
  });

  it('give up their transaction where the one before them does not end in time', async () => {
    const { notes, created } = await storedBy([[item('slow')], [item('b')]], { keeps: true, patience: 1 });
    expect(created).toBe(2);
    expect(notes).toEqual(['slow begins alone', 'b begins beside', 'slow is stored', 'b begins alone', 'b is stored']);
  });

  it('are not written down after one that was lost', async () => {
    const { notes, error } = await storedBy([[item('fatal')], [item('b')], [item('c')]], { keeps: true });
    expect(error).toEqual(new Error('lost'));
    expect(notes.filter((note) => note.endsWith('is stored'))).toEqual([]);
  });

  it('are all told where their source fails', async () => {
    const { created, error } = await storedBy([[item('slow')], [item('b')]], { failure: new Error('broken off') });
    expect([created, error]).toEqual([2, new Error('broken off')]);
  });
});
