import { LRUCache } from 'lru-cache';
import type { QueryConfig } from 'pg';
import type { Held } from '../../../database/distribution/holders.js';
import { tablesNamed, type TablePlace } from '../../../database/distribution/tables-named.js';
import { boundQuery } from './bound-query.js';
import type { BindValue, Statement } from './statement.js';

/** Characters of the texts of which is known where they name tables. */
const mostText = 1_000_000;

/** A statement of the current tenant as it is sent to the node that holds it: with the names of shards where they are known (docs/adr/0179). */
export function heldQuery(statement: Statement, { node, shards }: Held): QueryConfig<BindValue[]> {
  const query = boundQuery(statement, node.pool);
  const text = shards?.textOf(query.text, placesOf(query.text));
  if (!shards || text === undefined) return query;
  const name = query.name === undefined ? undefined : node.names.of(query.name, shards.key);
  return { text, values: query.values!, ...(name !== undefined && { name }) };
}

const known = new LRUCache<string, readonly TablePlace[]>({
  maxSize: mostText,
  sizeCalculation: (_, text) => text.length,
});

/** None in a statement that is sent as it is. */
function placesOf(text: string): readonly TablePlace[] {
  let places = known.get(text);
  if (!places) known.set(text, (places = tablesNamed(text) ?? []));
  return places;
}
