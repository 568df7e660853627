import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { JsonObject } from '../../src/r4/json/json.js';

export type Stored = JsonObject & { readonly resourceType: string; readonly id: string };

const folder = new URL('../../../shared/data/r4-examples/dev/', import.meta.url);
export const hasPublishedExamples = existsSync(folder);

/** `Patient/p1` */
export const addressOf = ({ resourceType, id }: Stored): string => `${resourceType}/${id}`;

/** The examples of R4, the last one of each address. */
export function publishedExamples(): readonly Stored[] {
  const lines = readdirSync(folder)
    .filter((file) => file.endsWith('.ndjson.gz'))
    .flatMap((file) =>
      gunzipSync(readFileSync(new URL(file, folder)))
        .toString('utf8')
        .trim()
        .split('\n'),
    );
  const examples = lines.map((line) => JSON.parse(line) as Stored);
  return [...new Map(examples.map((one) => [addressOf(one), one])).values()];
}
