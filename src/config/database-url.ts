/** Reads a `postgres:` URL, also one whose host is a socket folder (`postgres://user@/name?host=/run/postgresql`). */
export function parseDatabaseUrl(text: string): URL | undefined {
  if (!/^postgres(ql)?:\/\//.test(text)) return undefined;
  try {
    // The URL standard has no user without a host; PostgreSQL has.
    return new URL(text.replace('@/', '@localhost/'));
  } catch {
    return undefined;
  }
}

/** Separated by commas, spaces or lines; a password may hold a comma. */
export const splitDatabaseUrls = (text: string): readonly string[] =>
  text.split(/[\s,]+(?=postgres(?:ql)?:)|[\s,]+$/).filter((url) => url !== '');

/** The role that the URL names; undefined: it names none. */
export const userOf = (url = ''): string | undefined => {
  const name = parseDatabaseUrl(url)?.username ?? '';
  return name === '' ? undefined : decodeURIComponent(name);
};
