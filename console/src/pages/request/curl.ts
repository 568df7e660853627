/** A request of the request panel. */
export interface PanelRequest {
  readonly method: string;
  /** Below the FHIR base. */
  readonly path: string;
  /** A line each: `Name: value`. */
  readonly headers: string;
  readonly body: string;
}

export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

export const hasBody = (method: string): boolean => ['POST', 'PUT', 'PATCH'].includes(method);

/** Headers by name, or the first line that is none. */
export function readHeaders(
  text: string,
): { readonly headers: Readonly<Record<string, string>> } | { readonly wrong: string } {
  const headers: Record<string, string> = {};
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '') continue;
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return { wrong: line };
    headers[name] = value;
  }
  return { headers };
}

/** The request as a command of a shell. The token stays out of it: `$TOKEN` stands for one. */
export function curlOf(base: string, { method, path, headers, body }: PanelRequest, hasToken: boolean): string {
  const read = readHeaders(headers);
  const given = 'headers' in read ? Object.entries(read.headers) : [];
  const isNamed = (wanted: string): boolean => given.some(([name]) => name.toLowerCase() === wanted);
  const sends = hasBody(method) && body !== '';
  return [
    'curl',
    ...(method === 'GET' ? [] : method === 'HEAD' ? ['-I'] : ['-X', method]),
    ...(hasToken && !isNamed('authorization') ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...given.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(sends && !isNamed('content-type') ? [`-H ${quoted('Content-Type: application/fhir+json')}`] : []),
    ...(sends ? [`--data-binary ${quoted(body)}`] : []),
    quoted(`${base}/${path}`),
  ].join(' ');
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
