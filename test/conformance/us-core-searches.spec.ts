// Every search that US Core 3.1.1 to 8.0.0 say a server SHALL or SHOULD have, as Inferno's kit asks it
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagesFolder } from '../support/fhir-package.js';
import { shareOf, shareOfEach } from '../support/full.js';
import { escapeValue } from '../support/naive-search.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';
import {
  type Asked,
  type Definition,
  type Group,
  hasUsCore,
  intervalOf,
  kindOf,
  matches,
  referenceOf,
  type Resource,
  type Search,
  textsOf,
  tokensOf,
  usCoreGroups,
  usCoreVersions,
  valuesOf,
  writeUsCore,
} from '../support/us-core.js';
import { loadUsCore, provenanceOf } from '../support/us-core-data.js';

/** It has the search parameters of all versions, and more than the later ones. */
const guide = '6.1.0';
const day = 86_400_000;
const mostPages = 20;

interface Case {
  readonly group: Group;
  readonly search: Search;
}

/** Of the profiles that a type is searched by with the same parameters one in four. */
const casesOf = (version: string): readonly (readonly [string, Case])[] =>
  shareOfEach(
    usCoreGroups(version).flatMap((group) => group.searches.map((search) => ({ group, search }))),
    4,
    ({ group, search }) => `${group.resource}?${search.names.join('+')}`,
  ).map((one) => [`${one.group.name}: ${one.search.names.join('+')}`, one] as const);

const includesOf = (version: string): readonly string[] => [
  ...new Set(usCoreGroups(version).flatMap(({ includes }) => includes)),
];

const withoutTarget = (include: string): string => include.split(':').slice(0, 2).join(':');
const addressOf = ({ resourceType, id }: Resource): string => `${resourceType}/${id}`;

describe.skipIf(!hasUsCore)('the searches of US Core (skipped: ../shared/data is not there)', () => {
  let server: TestServer;
  let token: string;
  let packages: string | undefined;
  let stored: readonly Resource[] = [];
  /** Groups share most of their queries. */
  const answers = new Map<string, Promise<readonly Resource[]>>();

  beforeAll(async () => {
    packages = await packagesFolder();
    await writeUsCore(packages, guide);
    const settings = { PACKAGES: packages, IMPLEMENTATION_GUIDES: `hl7.fhir.us.core@${guide}` };
    server = await startServer({ VALIDATION: 'structure', AUDIT: 'off', ...settings });
    // A machine: Consents among the data do not withhold anything from it.
    token = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
    stored = await loadUsCore(server, token);
  });
  afterAll(async () => {
    await server?.close();
    if (packages !== undefined) await rm(packages, { recursive: true });
  });

  /** All pages, as the kit follows them. */
  async function readAll(query: string): Promise<readonly Resource[]> {
    const found: Resource[] = [];
    let address: string | undefined = query;
    for (let page = 0; address !== undefined && page < mostPages; page++) {
      const headers = { accept: 'application/fhir+json' };
      const answer: Answer = await server.call('GET', address, { token, headers });
      expect(answer.status, `${query}: ${answer.text}`).toBe(200);
      expect(answer.body).toMatchObject({ resourceType: 'Bundle', type: 'searchset' });
      found.push(...resourcesOf(answer));
      const next = answer.body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
      address = next && new URL(next).pathname + new URL(next).search;
    }
    return found;
  }

  const search = (query: string): Promise<readonly Resource[]> => {
    let answer = answers.get(query);
    if (!answer) answers.set(query, (answer = readAll(query)));
    return answer;
  };

  /** Exactly what a look at every stored resource finds. */
  async function check({ group }: Case, asked: readonly Asked[], wanted?: Resource): Promise<void> {
    const query = queryOf(group, asked);
    const found = (await search(query)).map(({ id }) => id).toSorted();
    const expected = stored.filter(
      (one) =>
        one.resourceType === group.resource &&
        asked.every((criterion) => matches(one, criterion, group.definitions.get(criterion.name)!)),
    );
    expect(found, query).toEqual(expected.map(({ id }) => id).toSorted());
    if (wanted) expect(found, query).toContain(wanted.id);
  }

  /** Every other form in which the kit repeats the search. */
  async function checkVariations(one: Case, asked: readonly Asked[], wanted: Resource): Promise<void> {
    for (const [i, criterion] of asked.entries()) {
      const definition = one.group.definitions.get(criterion.name)!;
      for (const { values, isWanted } of variationsOf(criterion, definition, wanted)) {
        await check(one, asked.with(i, { ...criterion, values }), isWanted ? wanted : undefined);
      }
    }
  }

  async function checkFirst({ group }: Case, asked: readonly Asked[], wanted: Resource): Promise<void> {
    const query = queryOf(group, asked);
    const posted = await server.call('POST', `${group.resource}/_search`, {
      token,
      body: `${query.slice(query.indexOf('?') + 1)}&_total=accurate`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const total = (await search(query)).length;
    expect(posted.body.total, query).toBe(total);
    for (const revinclude of group.revincludes) {
      const together = await search(`${query}&_revinclude=${revinclude}`);
      const provenance = together.filter(({ resourceType }) => resourceType === 'Provenance');
      expect(
        provenance.map(({ id }) => id),
        query,
      ).toContain(provenanceOf(wanted).id);
    }
  }

  describe.each(shareOf(usCoreVersions, 3))('US Core $version', ({ version }) => {
    it.each(hasUsCore ? casesOf(version) : [])('%s', async (_name, one) => {
      const wanted = candidate(stored, one);
      expect(wanted, `No stored ${one.group.resource} has all of ${one.search.names.join(', ')}`).toBeDefined();
      const asked = one.search.names.map((name) => askFor(wanted!, name, one.group));
      await check(one, asked, wanted);
      await checkVariations(one, asked, wanted!);
      if (one.search.isFirst) await checkFirst(one, asked, wanted!);
      const read = await server.call('GET', addressOf(wanted!), { token });
      expect([read.status, read.body.resourceType, read.body.id]).toEqual([200, wanted!.resourceType, wanted!.id]);
    });

    it.each(hasUsCore ? includesOf(version) : [])('%s', async (include) => {
      const [type = '', name = '', target] = include.split(':');
      const addresses = new Set(stored.map(addressOf));
      const leads = (one: Resource): readonly string[] =>
        targetsOf(one, name).filter(
          (address) => addresses.has(address) && address.startsWith(target === undefined ? '' : `${target}/`),
        );
      const wanted = stored.find((one) => one.resourceType === type && leads(one).length > 0);
      expect(wanted, `No stored ${type} has a ${name}`).toBeDefined();
      const together = await search(`${type}?_id=${wanted!.id}&_include=${include}`);
      expect(together.map(addressOf).toSorted()).toEqual([addressOf(wanted!), ...new Set(leads(wanted!))].toSorted());
    });

    it('says in /metadata, without a token, that it does all this', async () => {
      const { status, body } = await server.call('GET', 'metadata');
      expect(status).toBe(200);
      expect(body).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' });
      expect(body.format).toContain('json');
      // us_core_profile_support, us_core_instantiate
      const profiles = body.rest[0].resource.flatMap(
        (one: { supportedProfile?: readonly string[] }) => one.supportedProfile ?? [],
      );
      expect(profiles).toContain('http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient');
      expect(profiles.length).toBeGreaterThan(1);
      expect(body.instantiates).toContain('http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server');
      for (const group of usCoreGroups(version)) {
        const offered = body.rest[0].resource.find(({ type }: { type: string }) => type === group.resource);
        const list = (name: string, key: string): readonly string[] =>
          offered[name].map((one: Record<string, string>) => one[key]);
        const needed = ['DiagnosticReport', 'DocumentReference'].includes(group.resource) ? ['create'] : [];
        expect(list('interaction', 'code')).toEqual(expect.arrayContaining(['read', 'search-type', ...needed]));
        expect(list('searchParam', 'name')).toEqual(
          expect.arrayContaining(group.searches.flatMap(({ names }) => names)),
        );
        expect(offered.searchInclude).toEqual(expect.arrayContaining(group.includes.map(withoutTarget)));
        expect(offered.searchRevInclude).toEqual(expect.arrayContaining([...group.revincludes]));
      }
    });
  });
});

const resourcesOf = ({ body }: Answer): readonly Resource[] =>
  (body.entry ?? []).map(({ resource }: { resource: Resource }) => resource);

/** A resource that has a value for each name; one of the profile where there is one. */
function candidate(stored: readonly Resource[], { group, search }: Case): Resource | undefined {
  const able = stored.filter(
    (one) =>
      one.resourceType === group.resource && search.names.every((name) => usable(one, group.definitions.get(name)!)),
  );
  const profiles = (one: Resource): readonly string[] => (one['meta'] as { profile?: string[] })?.profile ?? [];
  return able.find((one) => profiles(one).some((url) => url.split('|')[0] === group.profile)) ?? able[0];
}

const usable = (resource: Resource, definition: Definition): boolean =>
  valuesOf(resource, definition).some((value) => textOf(value, definition) !== undefined);

/** A value as the kit would write it after having seen the resource. */
function textOf(value: unknown, definition: Definition): string | undefined {
  switch (kindOf(definition)) {
    case 'id':
    case 'canonical':
      return value as string;
    case 'reference':
      return referenceOf(value)?.match(/^[A-Za-z]+\/[A-Za-z0-9.-]+$/)?.[0];
    case 'token':
      return tokensOf(value)[0]?.code;
    case 'string':
      return textsOf(value)[0];
    default:
      return dateText(value);
  }
}

/** A date as it is; a day before where there is a time or a period. */
function dateText(value: unknown): string | undefined {
  const interval = intervalOf(value);
  if (!interval || interval.low === -Infinity) return undefined;
  return typeof value === 'string' && value.length <= 10 ? value : `gt${instant(interval.low - day)}`;
}

function askFor(resource: Resource, name: string, { definitions }: Group): Asked {
  const definition = definitions.get(name)!;
  const [text] = valuesOf(resource, definition).flatMap((value) => textOf(value, definition) ?? []);
  return { name, values: [name === 'patient' ? text!.replace('Patient/', '') : text!] };
}

interface Variation {
  readonly values: readonly string[];
  /** Whether it has to find the resource whose values are asked for. */
  readonly isWanted: boolean;
}

function variationsOf(
  { name, values: [value = ''] }: Asked,
  definition: Definition,
  from: Resource,
): readonly Variation[] {
  const kind = kindOf(definition);
  if (name === 'patient') {
    return [`Patient/${value}`, `${base}/Patient/${value}`].map((one) => ({ values: [one], isWanted: true }));
  }
  const found = valuesOf(from, definition);
  if (kind === 'token') {
    const coded = found.flatMap(tokensOf).filter(({ system }) => system !== '');
    return [
      ...coded.map(({ system, code }) => ({ values: [`${system}|${code}`], isWanted: true })),
      ...(definition.isMultipleOr ? [{ values: [...new Set([...definition.values, value])], isWanted: true }] : []),
    ];
  }
  return kind === 'date' ? comparisons(found, definition) : [];
}

/** A day before and a day after, with each comparator. */
function comparisons(found: readonly unknown[], { comparators }: Definition): readonly Variation[] {
  const interval = found.map(intervalOf).find((one) => one && one.low !== -Infinity);
  if (!interval) return [];
  const [before, after] = [interval.low - day, (interval.high === Infinity ? interval.low : interval.high) + day];
  return comparators.flatMap((comparator) =>
    [before, after].map((time) => ({
      values: [`${comparator}${instant(time)}`],
      isWanted: comparator.startsWith('g') ? time === before : time === after,
    })),
  );
}

/** `xmlschema` with an offset. */
const instant = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}+00:00`;

function queryOf({ resource }: Group, asked: readonly Asked[]): string {
  const query = asked.map(({ name, values }) => {
    const written = values.map((value) => (/[|]/.test(value) ? value.replaceAll(',', '\\,') : escapeValue(value)));
    return `${name}=${encodeURIComponent(written.join(',')).replaceAll('%2C', ',')}`;
  });
  return `${resource}?${query.join('&')}`;
}

/** Where the references lead that an include follows. */
function targetsOf(resource: Resource, name: string): readonly string[] {
  const paths: Readonly<Record<string, string>> = { participant: 'participant.member' };
  const definition = {
    paths: [paths[name] ?? name],
    type: 'Reference',
    comparators: [],
    values: [],
    isMultipleOr: false,
  };
  return valuesOf(resource, definition)
    .flatMap((value) => referenceOf(value) ?? [])
    .filter((one) => !one.startsWith('#'));
}
