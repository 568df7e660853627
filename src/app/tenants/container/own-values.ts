import type { DynamicModule, ForwardReference, Provider, Type } from '@nestjs/common';

type Imported = DynamicModule | Type | ForwardReference | Promise<DynamicModule>;

/** Value or factory of a provider in the definition of a tenant, where it is not the one in the pattern. */
export type OwnValue = { readonly useValue: unknown } | { readonly useFactory: (...made: never[]) => unknown };

/** A module of the pattern whose definition differs, and its providers by their place in it, with what they are in the tenant's. */
export interface OwnModule {
  readonly pattern: DynamicModule;
  readonly providers: readonly (readonly [pattern: Provider, own: OwnValue])[];
}

type Custom = Readonly<Record<string, unknown>>;

/**
 * Compares the definition of a tenant's server with that of the pattern, which the same function made: the same modules in the same order, and in them the
 * same providers. Those with another value or function are found; all else has to be the same object. Throws where the two are not alike.
 */
export async function ownValues(pattern: Imported, own: Imported): Promise<readonly OwnModule[]> {
  const found: OwnModule[] = [];
  const seen = new Set<unknown>();
  const compare = async (left: Imported, right: Imported): Promise<void> => {
    const [a, b] = [await left, await right];
    if (a === b || seen.has(a)) return;
    seen.add(a);
    if (!isDynamic(a) || !isDynamic(b) || a.module !== b.module) throw notAlike(nameOf(a));
    const providers = pairs(a.providers, b.providers, a).flatMap(([one, other]) => {
      const value = ownValue(one, other, a);
      return value ? [[one, value] as const] : [];
    });
    if (providers.length > 0) found.push({ pattern: a, providers });
    const rest: readonly (keyof DynamicModule)[] = ['controllers', 'exports'];
    for (const key of rest) pairs(a[key] as unknown[], b[key] as unknown[], a);
    for (const [one, other] of pairs(a.imports, b.imports, a)) await compare(one as Imported, other as Imported);
  };
  await compare(pattern, own);
  return found;
}

/** Members of a provider that have to be equal in both definitions. */
const fixed = ['useClass', 'useExisting', 'scope', 'durable'];

function ownValue(pattern: Provider, own: Provider, where: DynamicModule): OwnValue | undefined {
  if (pattern === own) return undefined;
  const [a, b]: Custom[] = [pattern as never, own as never];
  if (!a || !b || typeof pattern === 'function' || !isAlike(a, b, where)) throw notAlike(nameOf(where));
  for (const key of ['useValue', 'useFactory']) if (a[key] !== b[key]) return { [key]: b[key] } as unknown as OwnValue;
  return undefined;
}

const isAlike = (a: Custom, b: Custom, where: DynamicModule): boolean =>
  (a['provide'] === b['provide'] || isSymbolOf(a['provide'], b['provide'])) &&
  Object.keys(a).toSorted().join() === Object.keys(b).toSorted().join() &&
  fixed.every((key) => a[key] === b[key]) &&
  pairs(a['inject'] as unknown[], b['inject'] as unknown[], where).every(([x, y]) => x === y);

/** A token that each definition makes anew. */
const isSymbolOf = (a: unknown, b: unknown): boolean =>
  typeof a === 'symbol' && typeof b === 'symbol' && a.description === b.description;

function pairs<T>(a: readonly T[] = [], b: readonly T[] = [], where: DynamicModule): readonly (readonly [T, T])[] {
  if (a.length !== b.length) throw notAlike(nameOf(where));
  return a.map((one, i) => [one, b[i]!] as const);
}

const isDynamic = (one: unknown): one is DynamicModule => typeof one === 'object' && one !== null && 'module' in one;

const nameOf = (one: unknown): string =>
  isDynamic(one) ? one.module.name : typeof one === 'function' ? one.name : 'a module';

const notAlike = (name: string): Error =>
  new Error(`${name} is defined in another way for this tenant than for others; only values and functions may differ.`);
