import { isDeepStrictEqual } from 'node:util';
import type { Access } from '../../../scope/access.js';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { readDefinition } from '../../../r4/search/parameters/custom-definition.js';
import { CodeTaken, InvalidDefinition, UrlTaken } from '../../../r4/search/parameters/definition-errors.js';
import { typesOf } from '../../../r4/search/parameters/parameter-types.js';
import type { SearchParameter } from '../../../r4/search/parameters/search-parameter.js';
import type { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import { sortKind } from '../../../r4/search/parameters/sort-kind.js';
import { type ChangeFailure, refuseFailures } from '../writing/change.js';
import { tenant } from '../session/tenant-parameter.js';
import type { SqlSession } from '../session/sql-session.js';
import { type CustomRow, readRows, readState, storeRows } from './definition-rows.js';
import { addToJob } from './index-job.js';

/** A change that was made of a resource; without content, its deletion. */
export interface DefinedChange {
  /** Position in the changes handed to `write`. */
  readonly index: number;
  readonly access: Access;
  readonly type: string;
  readonly id: string;
  readonly resource?: JsonObject;
}

/**
 * Puts the SearchParameter resources that a transaction stores to work with it, or ends their work. True when that changed
 * anything. Throws `ChangesFailed`.
 */
export async function registerParameters(
  session: SqlSession,
  parameters: SearchParameters,
  changes: readonly DefinedChange[],
): Promise<boolean> {
  return changeRegistry(session, (registry) => {
    const failures: ChangeFailure[] = [];
    for (const change of changes) {
      const error = apply(registry, change, parameters);
      if (error) failures.push({ index: change.index, error });
    }
    refuseFailures(failures);
  });
}

/** SearchParameter resources of packages, by their ids. */
export interface PackagedParameters {
  /** They count from now on. */
  readonly defined: readonly { readonly id: string; readonly resource: JsonObject }[];
  /** They count no longer. */
  readonly removed: readonly string[];
}

/** Reason why a parameter of a package is not offered. */
export interface NotOffered {
  readonly id: string;
  readonly fact: string;
}

/** Puts the search parameters of packages to work, or ends their work. What cannot be offered is no failure: it is told. */
export async function registerPackaged(
  session: SqlSession,
  parameters: SearchParameters,
  { defined, removed }: PackagedParameters,
): Promise<readonly NotOffered[]> {
  const problems: NotOffered[] = [];
  if (defined.length === 0 && removed.length === 0) return problems;
  await changeRegistry(session, (registry) => {
    for (const id of removed) registry.remove(id);
    for (const { id, resource } of defined) {
      const definition = readDefinition(resource, parameters);
      if (definition.kind === 'document') continue;
      const error =
        definition.kind === 'invalid'
          ? new InvalidDefinition(definition.issues)
          : registry.define(id, definition.parameter, true);
      if (error) problems.push({ id, fact: error.issues.map(({ diagnostics }) => diagnostics).join(' ') });
    }
  });
  return problems;
}

/** True when `change` changed anything. */
async function changeRegistry(session: SqlSession, change: (registry: Registry) => void): Promise<boolean> {
  // Transactions that change definitions wait for each other here.
  const { generation } = await readState(session, 'FOR UPDATE');
  const registry = new Registry(await readRows(session));
  change(registry);
  const changed = registry.changed();
  if (changed.length === 0) return false;
  const types = [...registry.types].toSorted();
  const next = types.length === 0 ? generation : generation + 1;
  const work = { kind: 'parameters', types, generation: next, settles: registry.settles } as const;
  const job = types.length === 0 ? 0 : await addToJob(session, work);
  await storeRows(
    session,
    changed.map((row) => (registry.isRenewed(row) ? { ...row, job } : row)),
  );
  await session.count({
    text: `
      UPDATE search_definition SET generation = $1::integer, revision = revision + 1 WHERE tenant = ${tenant}`,
    values: [next],
  });
  return true;
}

function apply(registry: Registry, change: DefinedChange, known: SearchParameters): FhirError | undefined {
  if (!change.resource) return registry.remove(change.id);
  const definition = readDefinition(change.resource, known);
  if (definition.kind === 'invalid') return new InvalidDefinition(definition.issues);
  if (definition.kind === 'document') return registry.remove(change.id);
  return registry.define(change.id, definition.parameter, change.access.unrestricted);
}

/** The rows as the transaction leaves them. */
class Registry {
  readonly types = new Set<string>();
  settles = false;
  private readonly rows: Map<string, CustomRow>;
  private readonly touched = new Set<string>();
  private readonly renewed = new Set<string>();

  constructor(rows: readonly CustomRow[]) {
    this.rows = new Map(rows.map((row) => [row.parameter.url, row]));
  }

  changed(): readonly CustomRow[] {
    return [...this.touched].map((url) => this.rows.get(url)!);
  }

  /** True if the job has to bring it further. */
  isRenewed({ parameter }: CustomRow): boolean {
    return this.renewed.has(parameter.url);
  }

  /** Removes the parameter that the resource defined under another url than `kept`. */
  remove(resourceId: string, kept?: string): undefined {
    for (const row of this.rows.values()) {
      if (row.resourceId !== resourceId || row.state === 'removing' || row.parameter.url === kept) continue;
      this.settles = true;
      this.renew({ ...row, state: 'removing', reason: null });
    }
  }

  define(resourceId: string, parameter: SearchParameter, mayReplace: boolean): FhirError | undefined {
    const obstacle = this.obstacle(resourceId, parameter, mayReplace);
    if (obstacle) return obstacle;
    this.remove(resourceId, parameter.url);
    const known = this.rows.get(parameter.url);
    if (known && isInForce(known) && isDeepStrictEqual(known.parameter, parameter)) {
      if (known.resourceId !== resourceId) this.put({ ...known, resourceId });
      return undefined;
    }
    if (known) for (const type of typesOf(known.parameter)) this.types.add(type);
    this.settles ||= known !== undefined || this.namesakes(parameter).length > 0;
    const slot = this.slotFor(parameter);
    this.renew({ parameter, resourceId, state: 'building', job: 0, slot, reason: null });
    return undefined;
  }

  private obstacle(resourceId: string, parameter: SearchParameter, mayReplace: boolean): FhirError | undefined {
    const isOfOther = (row: CustomRow): boolean => row.state !== 'removing' && row.resourceId !== resourceId;
    const known = this.rows.get(parameter.url);
    // A caller who reaches some resources only must not end the work of another one.
    if (known && isOfOther(known) && !mayReplace) return new UrlTaken(parameter.url);
    const taken = this.namesakes(parameter).find(isOfOther);
    return taken && new CodeTaken(parameter, taken.parameter);
  }

  /** Others of the same code on a common type. */
  private namesakes(parameter: SearchParameter): readonly CustomRow[] {
    return this.others(parameter).filter((row) => row.parameter.code === parameter.code);
  }

  private others(parameter: SearchParameter): readonly CustomRow[] {
    const types = new Set(typesOf(parameter));
    return [...this.rows.values()].filter(
      (row) => row.parameter.url !== parameter.url && typesOf(row.parameter).some((type) => types.has(type)),
    );
  }

  /** The first place among the sort keys of its kind that no other parameter of its types has. */
  private slotFor(parameter: SearchParameter): number | null {
    const kind = sortKind(parameter);
    if (kind === undefined) return null;
    const taken = new Set(
      this.others(parameter)
        .filter((row) => sortKind(row.parameter) === kind)
        .map(({ slot }) => slot),
    );
    let slot = 1;
    while (taken.has(slot)) slot++;
    return slot;
  }

  private renew(row: CustomRow): void {
    for (const type of typesOf(row.parameter)) this.types.add(type);
    this.renewed.add(row.parameter.url);
    this.put(row);
  }

  private put(row: CustomRow): void {
    this.rows.set(row.parameter.url, row);
    this.touched.add(row.parameter.url);
  }
}

const isInForce = ({ state }: CustomRow): boolean => state === 'active' || state === 'building';
