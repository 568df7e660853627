import { type AnyScope, coversType, isWithin, readScope, scopeText } from '../../scope/grammar/smart-scope.js';

const written1 = /\.(?:read|write|\*)$/;

/** Scopes that two lists permit together: each as asked where the ceiling holds all of it, otherwise its parts. */
export function intersectScopes(asked: readonly string[], ceiling: readonly string[]): readonly string[] {
  const limits = readAll(ceiling);
  return asked.flatMap((text) => (ceiling.includes(text) ? [text] : partsOf(text, limits)));
}

/** Keeps the scopes that were asked; of the parts made from them, only those that nothing else permits already. */
export function withoutRepeats(scopes: readonly string[], asked: ReadonlySet<string>): readonly string[] {
  const distinct = [...new Set(scopes)].map((text) => ({ text, scope: readScope(text) }));
  return distinct
    .filter(({ text, scope }, at) => asked.has(text) || !scope || !distinct.some(permits(scope, at)))
    .map(({ text }) => text);
}

/** Keeps the first of two equal scopes. */
const permits =
  (scope: AnyScope, at: number) =>
  ({ scope: other }: { readonly scope: AnyScope | undefined }, place: number): boolean =>
    place !== at && other !== undefined && isWithin(scope, other) && (place < at || !isWithin(other, scope));

/** The scopes of the first list that are not within any of the second. */
export function scopesOutside(scopes: readonly string[], ceiling: readonly string[]): readonly string[] {
  const limits = readAll(ceiling);
  return scopes.filter((text) => {
    const scope = readScope(text);
    return !ceiling.includes(text) && !(scope && limits.some((limit) => isWithin(scope, limit)));
  });
}

function partsOf(text: string, limits: readonly AnyScope[]): readonly string[] {
  const scope = readScope(text);
  if (!scope) return [];
  if (limits.some((limit) => isWithin(scope, limit))) return [text];
  const version = written1.test(text) ? 'v1' : 'v2';
  return limits.flatMap((limit) => {
    const part = intersect(scope, limit);
    return part ? [scopeText(part, version) ?? scopeText(part, 'v2')!] : [];
  });
}

function intersect(left: AnyScope, right: AnyScope): AnyScope | undefined {
  if (left.context !== right.context) return undefined;
  const type = narrowerType(left.type, right.type);
  const permissions = left.permissions.filter((letter) => right.permissions.includes(letter));
  if (type === undefined || permissions.length === 0) return undefined;
  const added = right.constraints.filter(
    ({ name, value }) => !left.constraints.some((one) => one.name === name && one.value === value),
  );
  return { ...left, text: '', type, permissions, constraints: [...left.constraints, ...added] } as AnyScope;
}

function narrowerType(left: string, right: string): string | undefined {
  if (coversType(left, right)) return right;
  return coversType(right, left) ? left : undefined;
}

/** A ceiling is compared with many scopes, and read once. */
const ceilings = new WeakMap<readonly string[], readonly AnyScope[]>();

function readAll(texts: readonly string[]): readonly AnyScope[] {
  const known = ceilings.get(texts) ?? texts.flatMap((text) => readScope(text) ?? []);
  ceilings.set(texts, known);
  return known;
}
