/** Folders of packages that hold no definitions. */
const besides: ReadonlySet<string> = new Set([
  'example',
  'examples',
  'invariant-unit-tests',
  'openapi',
  'other',
  'tests',
  'xml',
  'node_modules',
]);

/** True for files that may hold definitions: JSON and NDJSON, also packed by gzip, by a path within the package. */
export function mayHoldDefinitions(path: string): boolean {
  const parts = path.split('/');
  const file = parts.pop() ?? '';
  return (
    !file.startsWith('.') &&
    !parts.some((part) => besides.has(part) || part.startsWith('.')) &&
    (isLines(file) || /\.json(?:\.gz)?$/.test(file))
  );
}

/** True for NDJSON: a resource in each line. */
export const isLines = (path: string): boolean => /\.ndjson(?:\.gz)?$/.test(path);

export const isPacked = (path: string): boolean => path.endsWith('.gz');
