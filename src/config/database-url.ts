/**
 * Reads a `postgres:` URL, also one whose host is a socket folder (`postgres://user@/name?host=/run/postgresql`), and one of several hosts, which
 * are those of its parameter `host` then.
 */
export function parseDatabaseUrl(text: string): URL | undefined {
  if (!/^postgres(ql)?:\/\//.test(text)) return undefined;
  try {
    // The URL standard has no user without a host; PostgreSQL has.
    return new URL(hostsAsParameters(text).replace('@/', '@localhost/'));
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

/**
 * A URL of several hosts as libpq takes it (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS), in the form that the URL standard
 * allows: `postgres://user@a:5432,b:5433/name` as `postgres://user@/name?host=a,b&port=5432,5433`.
 */
export function hostsAsParameters(text: string): string {
  const [, before, list = '', path = '', query = ''] =
    /^(postgres(?:ql)?:\/\/(?:[^@/?#]*@)?)([^@/?#]*,[^@/?#]*)(\/[^?#]*|)(?:\?(.*))?$/s.exec(text) ?? [];
  if (before === undefined) return text;
  const parts = list.split(',').map((one) => /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(one) ?? ['', one, '']);
  const hosts = parts.map(([, host = '']) => host.replace(/^\[|\]$/g, ''));
  const ports = parts.map(([, , port = '']) => port || defaultPort);
  const all = [`host=${hosts.join(',')}`, `port=${ports.join(',')}`, ...(query === '' ? [] : [query])];
  return `${before}${path}?${all.join('&')}`;
}

const defaultPort = '5432';

export interface DatabaseAddress {
  /** Name, address, or folder of a socket. */
  readonly host: string;
  readonly port: number;
}

/** The hosts that a URL names, in their order. */
export function addressesOf(url: string): readonly DatabaseAddress[] {
  const { hostname = '', port = '', searchParams } = parseDatabaseUrl(url) ?? {};
  const hosts = (searchParams?.get('host') ?? hostname).split(',');
  const ports = (searchParams?.get('port') ?? port).split(',');
  return hosts.map((host, i) => ({ host, port: Number((ports.length === 1 ? ports[0] : ports[i]) || defaultPort) }));
}

/** False where the URL asks for a server that cannot write; of several hosts, the one that can is taken. */
export const isOfPrimary = (url: string): boolean =>
  ['read-write', 'primary', 'any', null].includes(
    parseDatabaseUrl(url)?.searchParams.get('target_session_attrs') ?? null,
  );
