import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { SearchParameters } from '../../../src/r4/search/parameters/search-parameters.js';
import { ExampleQueries, type WrittenQuery } from '../../support/example-queries.js';
import { addressOf, hasPublishedExamples, publishedExamples, type Stored } from '../../support/published-examples.js';
import { aBundle, putting } from '../../support/resources.js';
import type { TestServer } from '../../support/server.js';

const synthea = new URL('../../../../shared/data/synthea/smart-r4-2019/', import.meta.url);
export const isThere = existsSync(synthea) && hasPublishedExamples;

const unzip = (file: URL): string => gunzipSync(readFileSync(file)).toString('utf8');

/** With ids of their own, and references by type and id, so that a seed means the same in every run. */
function resourcesOfBundle(text: string): readonly Stored[] {
  const entriesOf = (json: string) => (JSON.parse(json) as { entry: readonly { resource: Stored }[] }).entry;
  const types = new Map(entriesOf(text).map(({ resource: { resourceType, id } }) => [id, resourceType]));
  const named = text.replaceAll(/"urn:uuid:([\w-]+)"/g, (whole, id: string) =>
    types.has(id) ? `"${types.get(id)!}/${id}"` : whole,
  );
  return entriesOf(named).map(({ resource }) => resource);
}

/** Some patients of Synthea. */
function syntheaResources(bundles: number): readonly Stored[] {
  const names = readdirSync(synthea).filter((name) => /^[\da-f-]+\.json\.gz$/.test(name));
  const step = Math.floor(names.length / bundles);
  return names
    .toSorted()
    .filter((_, at) => at % step === 0)
    .slice(0, bundles)
    .flatMap((name) => resourcesOfBundle(unzip(new URL(name, synthea))));
}

interface Done {
  readonly status: string;
  readonly lastModified?: string;
}

async function send(server: TestServer, token: string, entries: readonly object[]): Promise<readonly Done[]> {
  const done: Done[] = [];
  for (let at = 0; at < entries.length; at += 200) {
    const body = aBundle('batch', ...(entries.slice(at, at + 200) as never[]));
    const answer = await server.call('POST', '', { token, body });
    done.push(...(answer.body.entry as readonly { readonly response: Done }[]).map(({ response }) => response));
  }
  return done;
}

/** What is stored, and what queries its content yields. */
export class Content {
  readonly parameters = new SearchParameters();
  readonly byType: ReadonlyMap<string, readonly Stored[]>;
  readonly byAddress: ReadonlyMap<string, Stored>;
  private readonly queries = new ExampleQueries(this.parameters);
  private readonly known = new Map<Stored, readonly WrittenQuery[]>();

  private constructor(
    all: readonly Stored[],
    private readonly times: ReadonlyMap<string, string>,
  ) {
    const byType = new Map<string, Stored[]>();
    for (const one of all) {
      const ofType = byType.get(one.resourceType);
      if (ofType) ofType.push(one);
      else byType.set(one.resourceType, [one]);
    }
    this.byType = byType;
    this.byAddress = new Map(all.map((one) => [addressOf(one), one]));
  }

  /** Stores everything; some in another version before, and some that are deleted. */
  static async load(server: TestServer, token: string, bundles: number): Promise<Content> {
    const byAddress = new Map(
      [...publishedExamples(), ...syntheaResources(bundles)].map((one) => [addressOf(one), one]),
    );
    const all = [...byAddress.values()];
    const others = new Map(all.map((one) => [one.resourceType, one]));
    const changed = all.filter((_, at) => at % 11 === 0);
    await send(
      server,
      token,
      changed.map((one) => putting({ ...others.get(one.resourceType)!, id: one.id })),
    );
    const gone = all.filter((_, at) => at % 29 === 0).map((one, at) => ({ ...one, id: `gone-${at}` }));
    await send(
      server,
      token,
      gone.map((one) => putting(one)),
    );
    await send(
      server,
      token,
      gone.map((one) => ({ request: { method: 'DELETE', url: addressOf(one) } })),
    );
    const done = await send(
      server,
      token,
      all.map((one) => putting(one)),
    );
    // What is no valid resource is not stored.
    const times = new Map(all.map((one, at) => [addressOf(one), done[at]?.lastModified ?? '']));
    return new Content(
      all.filter((_, at) => done[at]!.status.startsWith('2')),
      times,
    );
  }

  /** `meta.lastUpdated` */
  lastUpdated(one: Stored): string {
    return this.times.get(addressOf(one))!;
  }

  /** Queries that find the resource. */
  queriesOf(one: Stored): readonly WrittenQuery[] {
    let found = this.known.get(one);
    if (!found) this.known.set(one, (found = this.queries.of(one, Infinity)));
    return found;
  }
}
