import { createRequire, type ResolveFnOutput, type ResolveHookContext } from 'node:module';
import { pathToFileURL } from 'node:url';

/** A package whose files get some of what they import from the server. */
export interface ServedPackage {
  /** URL of its folder, with a slash at the end. */
  readonly root: string;
  /** Names of packages. */
  readonly names: readonly string[];
}

export interface ServerCopies {
  /** URL of a file of the server: what it would get is what the packages get. */
  readonly server: string;
  readonly packages: readonly ServedPackage[];
}

/** Types and tokens of these are compared by identity: two copies in a process do not know each other's. */
export const isShared = (name: string): boolean => name === 'lanyard-fhir' || name.startsWith('@nestjs/');

/** True if a file of a served package is to get the copy of the server. */
export function isServed(specifier: string, parent: string | undefined, { packages }: ServerCopies): boolean {
  const served = packages.find(({ root }) => parent?.startsWith(root));
  if (served === undefined || parent === undefined) return false;
  const name = nameOf(specifier);
  // A package inside may have another version of anything but what is shared.
  const isInside = parent.slice(served.root.length).includes('node_modules/');
  return served.names.includes(name) && (!isInside || isShared(name));
}

const nameOf = (specifier: string): string => {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
};

type Next<T> = (specifier: string, context?: Partial<ResolveHookContext>) => T;

/** Hook of `module.registerHooks`, for `import` and `require` (https://nodejs.org/api/module.html#synchronous-hooks-accepted-by-moduleregisterhooks). */
export const resolveForBoth =
  (copies: ServerCopies) =>
  (specifier: string, context: ResolveHookContext, next: Next<ResolveFnOutput>): ResolveFnOutput => {
    if (!isServed(specifier, context.parentURL, copies)) return next(specifier, context);
    if (context.conditions.includes('import')) return next(specifier, { ...context, parentURL: copies.server });
    // The parent of a `require` cannot be changed.
    const path = createRequire(copies.server).resolve(specifier);
    return { url: pathToFileURL(path).href, shortCircuit: true };
  };

let known: ServerCopies = { server: import.meta.url, packages: [] };

/** Called by `module.register` in the thread of its hooks. */
export function initialize(copies: ServerCopies): void {
  known = copies;
}

/** Hook of `module.register`, for `import` alone: Node.js 20 has no other. */
export const resolve = (
  specifier: string,
  context: ResolveHookContext,
  next: Next<Promise<ResolveFnOutput>>,
): Promise<ResolveFnOutput> =>
  next(specifier, isServed(specifier, context.parentURL, known) ? { ...context, parentURL: known.server } : context);
