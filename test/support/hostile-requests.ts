import { addUser, type LoginServer, registerApp, startLoginServer, store } from './smart-login.js';

/** A server with a SMART app, a user who may read, and two patients to choose from. */
export async function startWithApp(): Promise<{ readonly login: LoginServer; readonly client: string }> {
  const login = await startLoginServer();
  const client = await registerApp(
    login,
    'Growth chart',
    'openid fhirUser launch launch/patient offline_access patient/*.rs',
  );
  await addUser(login, { name: 'doctor', grants: 'user/*.rs' });
  await store(login, { resourceType: 'Patient', id: 'p1', name: [{ family: 'Aal' }] });
  await store(login, { resourceType: 'Patient', id: 'p2', name: [{ family: 'Bel' }] });
  return { login, client };
}

/** Percent-encoded as they stand: some of them are no text. */
export const hostileValues: readonly string[] = [
  '',
  encodeURIComponent('<script>alert(1)</script>'),
  encodeURIComponent('"\'><img src=x onerror=alert(1)>'),
  'a%00b',
  'a%0d%0aX-Injected:%201',
  '%ff%fe',
  '%ED%A0%80',
  encodeURIComponent('https://evil.example/x'),
  encodeURIComponent('//evil.example/x'),
  encodeURIComponent('javascript:alert(1)'),
  encodeURIComponent("' OR 1=1 --"),
  '__proto__',
  'constructor',
  encodeURIComponent('../../x'),
  encodeURIComponent('{"a":[1]}'),
  encodeURIComponent('𝕏é\u202e'),
  '%2500',
  '%E0%A4%A',
  'x'.repeat(9_000),
];

/** What is wrong with an answer to anything that came in: a defect, something of the request in it, a way to another site. */
export async function faultsOf(login: LoginServer, what: string, answer: Response): Promise<readonly string[]> {
  const text = await answer.text();
  const all = `${answer.status} ${text}`;
  const location = answer.headers.get('location');
  const faults = [
    answer.status >= 500 && 'a defect',
    /node_modules|\.[jt]s:\d+|\n\s+at |SELECT |QueryFailed|ECONN/.test(text) && 'a look inside',
    /<script>alert|<img/.test(text) && 'HTML of the request',
    answer.headers.has('x-injected') && 'a header of the request',
    text.includes('"OperationOutcome"') && 'an OperationOutcome',
    location !== null && !leadsHome(login, location) && `a way to ${location.slice(0, 200)}`,
    isPage(answer) && !isProtected(answer) && 'a page without protection',
  ];
  return faults.filter((fault) => typeof fault === 'string').map((fault) => `${what}: ${fault}: ${all.slice(0, 300)}`);
}

const isPage = ({ headers }: Response): boolean => (headers.get('content-type') ?? '').includes('text/html');
const isProtected = ({ headers }: Response): boolean =>
  (headers.get('content-security-policy') ?? '').includes("frame-ancestors 'none'") &&
  headers.get('x-content-type-options') === 'nosniff' &&
  headers.get('cache-control') === 'no-store';

const leadsHome = (login: LoginServer, location: string): boolean =>
  location.startsWith(`${login.issuer}/`) ||
  location.startsWith(`${login.appUrl}?`) ||
  location.startsWith(`${login.appUrl}#`);

/** The good query or form with one parameter as it should not be; or twice. */
export function spoilt(good: Readonly<Record<string, string>>, name: string, value: string): readonly string[] {
  const others = Object.entries(good)
    .filter(([key]) => key !== name)
    .map(([key, one]) => `${key}=${encodeURIComponent(one)}`);
  const once = [...others, `${name}=${value}`].join('&');
  return [once, `${once}&${name}=${encodeURIComponent(good[name] ?? 'x')}`];
}
