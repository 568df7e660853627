/** The opaque token of the Authorization header; undefined unless there is exactly one (Node keeps the first of two). */
export function readBearer(rawHeaders: readonly string[]): string | undefined {
  const values = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'authorization',
  );
  return values.length === 1 ? /^bearer +([\w-]{43})$/i.exec(values[0] ?? '')?.[1] : undefined;
}
