import type { FhirClient } from '../../server/fhir-client.js';

/** A count of a type, or the status that it was refused with. */
export type Count = { readonly total: number } | { readonly refused: string };

/** Counting reads every row in reach, so it is asked for by few types at a time. */
export const countedAtOnce = 20;

interface BatchAnswer {
  readonly entry?: readonly {
    readonly response?: { readonly status?: string };
    readonly resource?: { readonly total?: number };
  }[];
}

/** Counts of the types, by one batch. Throws as {@link FhirClient.ask} does. */
export async function countTypes(fhir: FhirClient, types: readonly string[]): Promise<ReadonlyMap<string, Count>> {
  const entry = types.map((type) => ({ request: { method: 'GET', url: `${type}?_summary=count` } }));
  const body = JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry });
  const answer = await fhir.ask<BatchAnswer>({ method: 'POST', path: '', body });
  return new Map(types.map((type, at) => [type, countOf(answer.entry?.[at])]));
}

function countOf({ resource, response }: NonNullable<BatchAnswer['entry']>[number] = {}): Count {
  if (typeof resource?.total === 'number') return { total: resource.total };
  return { refused: response?.status?.slice(0, 3) ?? '?' };
}
