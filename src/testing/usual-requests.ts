import { Operations } from '../fhir/operations/operation.js';
import type { Answer } from './answer.js';
import type { Resource } from './resources.js';
import type { TestServer } from './server.js';
import type { TestClient } from './test-client.js';

/** Pages that are followed; no test has as many. */
const mostPages = 40;

interface Rows {
  readonly visible: readonly Resource[];
  readonly hidden: readonly Resource[];
}

/**
 * Requests of a caller who wants to know what is hidden: each row by its id, the types with counts, pages and histories, each
 * operation that changes nothing, and writes with the content of hidden rows.
 */
export async function usualRequests(server: TestServer, client: TestClient, { visible, hidden }: Rows): Promise<void> {
  const rows = [...visible, ...hidden];
  const types = [...new Set(rows.map(({ resourceType }) => resourceType))];
  for (const { resourceType, id = '' } of rows) await readRow(client, resourceType, id);
  for (const type of types) await readType(client, type);
  for (const address of operationsOn(server, types, rows)) await client.operation(address);
  for (const resource of hidden) await writeRow(client, resource);
  for (const type of types) await readType(client, type);
}

async function readRow(client: TestClient, type: string, id: string): Promise<void> {
  for (const path of [`${type}/${id}`, `${type}/${id}/_history/1`, `${type}/${id}/_history`, `${type}?_id=${id}`])
    await client.call('GET', path);
}

async function readType(client: TestClient, type: string): Promise<void> {
  for (const query of ['', '?_summary=count', '?_total=accurate', '?_sort=-_lastUpdated', '/_history'])
    await client.call('GET', `${type}${query}`);
  let next: string | undefined = `${type}?_count=1`;
  for (let page = 0; next !== undefined && page < mostPages; page++) next = nextOf(await client.call('GET', next));
}

/** The next page, below the FHIR base. */
function nextOf({ body }: Answer): string | undefined {
  const links = (body.link ?? []) as readonly { readonly relation: string; readonly url: string }[];
  const url = links.find(({ relation }) => relation === 'next')?.url;
  return url?.replace(/^.*?\/fhir\/r4\//, '');
}

/** Addresses of operations that may be asked for with GET. */
function operationsOn({ app }: TestServer, types: readonly string[], rows: readonly Resource[]): readonly string[] {
  const offered = app.get(Operations, { strict: false }).all.map(({ declaration }) => declaration);
  return offered
    .filter(({ affectsState }) => !affectsState)
    .flatMap(({ code, level, types: on = [] }) => [
      ...(level.includes('system') ? [`$${code}`] : []),
      ...(level.includes('type') ? types.filter((type) => on.includes(type)).map((type) => `${type}/$${code}`) : []),
      ...(level.includes('instance')
        ? rows
            .filter(({ resourceType }) => on.includes(resourceType))
            .map(({ resourceType, id }) => `${resourceType}/${String(id)}/$${code}`)
        : []),
    ]);
}

/** A rule that looks at stored rows, such as one that wants identifiers to be unique, may tell of hidden ones. */
async function writeRow(client: TestClient, resource: Resource): Promise<void> {
  const { id, ...content } = resource;
  await client.create(content);
  await client.update(resource);
  await client.delete(resource.resourceType, String(id));
}
