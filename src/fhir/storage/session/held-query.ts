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
  const places = shards && placesOf(query.text);
  const text = places && shards.textOf(query.text, places);
  if (text === undefined) return query;
  const name = query.name === undefined ? undefined : node.names.of(query.name, shards!.key);
  return { text, values: query.values!, ...(name !== undefined && { name }) };
}

const known = new Map<string, readonly TablePlace[] | undefined>();
let length = 0;

function placesOf(text: string): readonly TablePlace[] | undefined {
  if (known.has(text)) return known.get(text);
  const places = tablesNamed(text);
  if (length + text.length > mostText) {
    known.clear();
    length = 0;
  }
  known.set(text, places);
  length += text.length;
  return places;
}
