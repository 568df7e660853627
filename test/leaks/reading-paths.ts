import { idsOf, type Limit } from './limit.js';
import type { Path } from './path.js';
import type { Session } from './session.js';
import { base } from '../support/server.js';

const read: Path = {
  name: 'read and HEAD',
  covers: ['read'],
  async byId(session, id) {
    const address = `${session.limit.type}/${id}`;
    await session.get(address);
    await session.call('HEAD', address);
    await session.get(address, { 'if-none-match': 'W/"1"' });
    await session.get(address, { 'if-modified-since': 'Mon, 01 Jan 2024 00:00:00 GMT' });
  },
};

const partsAndForms: Path = {
  name: 'read in part, in XML, on conditions',
  covers: ['read', 'vread'],
  alike: true,
  async byId(session, id) {
    const address = `${session.limit.type}/${id}`;
    for (const query of [
      '_format=xml',
      '_pretty=true',
      '_elements=id',
      '_summary=true',
      '_summary=text',
      '_elements=nonsense',
    ]) {
      await session.get(`${address}?${query}`);
      await session.get(`${address}/_history/1?${query}`);
    }
    await session.call('HEAD', `${address}?_format=xml&_summary=data`);
    for (const tag of ['*', 'W/"1", W/"2", W/"3"']) {
      await session.get(address, { 'if-none-match': tag });
      await session.get(`${address}/_history/1`, { 'if-none-match': tag });
    }
    await session.get(address, { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' });
    await session.get(`${session.limit.type}?_id=${id}&_format=xml&_elements=id`);
    await session.form(`${session.limit.type}/_search`, `_id=${id}&_summary=true&_format=xml`);
    await session.get(`${address}/_history?_format=xml&_summary=true`);
  },
};

const vread: Path = {
  name: 'vread',
  covers: ['vread'],
  async byId(session, id) {
    for (const version of ['1', '2', '3', '9']) await session.get(`${session.limit.type}/${id}/_history/${version}`);
    await session.call('HEAD', `${session.limit.type}/${id}/_history/1`);
  },
};

const history: Path = {
  name: 'instance history',
  covers: ['history-instance'],
  async byId(session, id) {
    const { body } = await session.get(`${session.limit.type}/${id}/_history?_count=1`);
    for (let next = linkOf(body, 'next'); next !== undefined;) {
      next = linkOf((await session.get(next)).body, 'next');
    }
    await session.get(`${session.limit.type}/${id}/_history`);
    for (const query of [...historyTimes, '_sort=_lastUpdated'])
      await session.get(`${session.limit.type}/${id}/_history?${query}`);
  },
};

const historyOfType: Path = {
  name: 'history of the type',
  covers: ['history-type'],
  whole: (session) => readHistory(session, `${session.limit.type}/_history`),
};

const historyOfSystem: Path = {
  name: 'history of the system',
  covers: ['history-system'],
  async whole(session) {
    if (!hasCompanions(session.limit)) await readHistory(session, '_history');
  },
};

/** Companions of hidden resources differ between the worlds too, and are not hidden themselves where they are of other types. */
export const hasCompanions = ({ hidden }: Limit): boolean =>
  Object.values(hidden).some((make) => make('any').length > 1);

/** Forward and back in either order, and at some times (world.ts gives versions their times). */
async function readHistory(session: Session, address: string): Promise<void> {
  await session.get(address);
  await session.call('HEAD', address);
  for (const sort of ['-_lastUpdated', '_lastUpdated']) {
    const last = await walk(session, `${address}?_count=2&_sort=${sort}`, 'next');
    if (last !== undefined) await walk(session, last, 'previous');
  }
  for (const query of historyTimes) await session.get(`${address}?${query}`);
  await walk(session, `${address}?_since=2024-01-02T00:00:00Z&_count=3`, 'next');
}

const historyTimes = ['_since=2024-01-03T00:00:00Z', '_at=2024-01-02', '_at=2024-01-03', '_at=2023'];

const searchById: Path = {
  name: 'search by id and identifier',
  covers: ['search-type', '?_id', '?identifier'],
  async byId(session, id) {
    const { type } = session.limit;
    await session.get(`${type}?_id=${id}`);
    await session.get(`${type}?_id=${id},${idsOf(session.limit)[0]}`);
    await session.get(`${type}?identifier=urn:x|${id}`);
    await session.form(`${type}/_search`, `_id=${id}`);
    await session.form(`${type}/_search?_id=${id}`, 'identifier=urn:x|');
  },
};

const searchAll: Path = {
  name: 'search without criteria, by time, by form',
  covers: ['search-type', '?_lastUpdated'],
  async whole(session) {
    const { type } = session.limit;
    await session.get(type);
    await session.call('HEAD', type);
    await session.get(`${type}?_lastUpdated=gt2000`);
    await session.get(`${type}?_lastUpdated=lt2000`);
    await session.form(`${type}/_search`, '_count=1000');
    await session.form(`${type}/_search`, '');
    await session.get(`${type}?_summary=count`);
    await session.get(`${type}?_total=accurate`);
  },
};

const pages: Path = {
  name: 'page links, forward and back',
  covers: ['search-type'],
  async whole(session) {
    const seen = await walk(session, `${session.limit.type}?_count=1`, 'next');
    if (seen !== undefined) await walk(session, seen, 'previous');
    await walk(session, `${session.limit.type}?_count=2&_lastUpdated=gt2000`, 'next');
  },
};

const foreignPages: Path = {
  name: 'page links of others and of other queries',
  covers: ['search-type'],
  alike: true,
  async whole(session) {
    const { type } = session.limit;
    const [first] = idsOf(session.limit);
    for (const query of [
      `${type}?_count=1`,
      `${type}?_lastUpdated=gt2000&_count=1`,
      `${type}/${first}/_history?_count=1`,
      `${type}/_history?_count=1`,
      '_history?_count=1',
      `${type}?_sort=-_lastUpdated&_count=1`,
      `?_type=${type}&_count=1`,
      `Patient/p1/${type}?_count=1`,
    ]) {
      const theirs = linkOf((await session.byStranger(query)).body, 'next') ?? `${query}&_cursor=none`;
      await session.get(theirs);
    }
    const own = linkOf((await session.get(`${type}?_count=1`)).body, 'next');
    if (own !== undefined) await session.get(`${own}&_lastUpdated=gt2000`);
    await session.get(`${type}?_count=1&_cursor=AAAA`);
  },
};

const myAccess: Path = {
  name: '$my-access and what is open',
  covers: ['$my-access'],
  alike: true,
  async whole(session) {
    await session.get('$my-access');
  },
};

const ownAudit: Path = {
  name: 'what the audit tells callers of themselves',
  covers: ['$my-refusals', '$my-disclosures'],
  alike: true,
  async whole(session) {
    await session.get('Encounter?patient=Patient/p1&_revinclude=AuditEvent:entity');
    for (const address of [
      '$my-refusals',
      '$my-disclosures',
      '$my-disclosures?_format=csv',
      'AuditEvent',
      'AuditEvent/_history',
    ])
      await session.get(address);
  },
};

const docref: Path = {
  name: 'DocumentReference/$docref',
  covers: ['$docref'],
  async whole(session) {
    for (const patient of ['p1', 'p2', 'nobody']) {
      for (const more of ['', '&start=2000-01-01', '&end=2100-01-01', '&type=34133-9'])
        await session.get(`DocumentReference/$docref?patient=${patient}${more}`);
    }
  },
};

const notOffered: Path = {
  name: 'what R4 has and this server does not offer',
  covers: [],
  alike: true,
  async byId(session, id) {
    const { type } = session.limit;
    for (const address of [`${type}/${id}/$convert`, `${type}/${id}/$meta`]) await session.get(address);
    await session.call('PATCH', `${type}/${id}`, {
      body: [],
      headers: { 'content-type': 'application/json-patch+json' },
    });
    await session.get(`${type}?_include=*&_id=${id}`);
    await session.get(`${type}?_revinclude=Provenance:target&_id=${id}`);
    await session.get(`Provenance?target=${type}/${id}`);
    await session.get(`${type}?_has:Provenance:target:_id=${id}`);
    await session.call('DELETE', `${type}?_id=${id}`);
    await session.call('PUT', `${type}?_id=${id}`, { body: session.limit.own(id)[0] });
  },
};

const oddAddresses: Path = {
  name: 'addresses written otherwise',
  covers: [],
  alike: true,
  async byId(session, id) {
    const { type } = session.limit;
    for (const address of [
      `/fhir/r%34/${type}/${id}`,
      `/fhir/r4/${type}/${id}/%24meta`,
      `/fhir/r4/${type}/%2E%2E/${type}/${id}`,
      `/fhir//r4/${type}/${id}`,
      `/FHIR/R4/${type}/${id}`,
      `/fhir/r4/../r4/${type}/${id}`,
      `/fhir/r4/${type}/${encodeURIComponent(`./${id}`)}`,
      `/fhir/r4/${type}/x/../${id}`,
      `/fhir/r4/${type}%2F${id}`,
      `/fhir/r4/metadata/../${type}/${id}`,
      `/fhir/r4/metadata;/${type}/${id}`,
      `${base}/${type}/${id}?_format=json`,
    ])
      await session.get(address);
  },
};

export const readingPaths: readonly Path[] = [
  read,
  partsAndForms,
  vread,
  history,
  historyOfType,
  historyOfSystem,
  searchById,
  searchAll,
  pages,
  foreignPages,
  myAccess,
  ownAudit,
  docref,
  notOffered,
  oddAddresses,
];

interface Linked {
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
}

export const linkOf = ({ link = [] }: Linked, relation: string): string | undefined =>
  link.find((one) => one.relation === relation)?.url;

/** Follows the links of one direction to their end; the last address, if there was an answer. */
export async function walk(
  session: Session,
  start: string,
  relation: 'next' | 'previous',
): Promise<string | undefined> {
  let address = start;
  for (let i = 0; i < 40; i++) {
    const { status, body } = await session.get(address);
    const next = linkOf(body, relation);
    if (status !== 200) return undefined;
    if (next === undefined) return address;
    address = next;
  }
  throw new Error('The pages have no end.');
}
