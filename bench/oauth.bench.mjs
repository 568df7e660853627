// @ts-check
import { createHash, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { exportJWK, SignJWT } from 'jose';
import { withLanyard } from './lanyard.mjs';
import { generateLoad } from './load-generator.mjs';
import { cpuOf, cpuOfFamily } from './process-cost.mjs';
import { inUnits, microseconds, printTable } from './table.mjs';

const warmUp = 200;
const tokens = 1000;
const reads = 1000;
const connections = 8;
const callback = 'https://app.example/callback';
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const mostHops = 10;

/** Tokens of machines and of refreshes, and what a token costs that nobody has seen before. */
export function benchOauth() {
  return withLanyard(work, { variables: { INTERACTION_AUTOPILOT: 'on' } });
}

/** @param {import('./lanyard.mjs').Lanyard} server */
async function work(server) {
  const admin = await server.logIn();
  const rows = [];
  for (const alg of ['ES384', 'RS384']) {
    const bodies = await assertions(server, admin, alg, warmUp + tokens);
    rows.push(...(await measure(server, `client_credentials, ${alg}`, { bodies: bodies.map(String) })));
  }
  const { body, headers } = await refreshing(server, admin);
  rows.push(...(await measure(server, 'refresh, confidential client', { bodies: [body], headers })));
  rows.push(...(await readCosts(server, admin)));
  printTable(`oauth: ${tokens} requests each, ${connections} connections`, rows);
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {string} token @param {object} client */
async function register({ origin }, token, client) {
  const answer = await fetch(`${origin}/oauth2/clients`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(client),
  });
  if (answer.status !== 201) throw new Error(`Registering answered ${answer.status}: ${await answer.text()}`);
  return /** @type {{ id: string, secret?: string }} */ (await answer.json());
}

/** Token requests of a new backend service, each with an assertion of its own. @param {import('./lanyard.mjs').Lanyard} server @param {string} admin @param {string} alg @param {number} count */
async function assertions(server, admin, alg, count) {
  const { privateKey, publicKey } =
    alg === 'ES384'
      ? generateKeyPairSync('ec', { namedCurve: 'P-384' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'bench', alg, use: 'sig' }] };
  const client = { name: `Bench ${alg}`, kind: 'confidential-asymmetric', scopes: 'system/*.rs', jwks };
  const { id } = await register(server, admin, client);
  const exp = Math.floor(Date.now() / 1000) + 280;
  const sign = async () => {
    const claims = { iss: id, sub: id, aud: `${server.origin}/oauth2/token`, exp, jti: randomUUID() };
    const assertion = await new SignJWT(claims).setProtectedHeader({ alg, kid: 'bench', typ: 'JWT' }).sign(privateKey);
    return new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'system/Patient.rs',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });
  };
  return Promise.all(Array.from({ length: count }, sign));
}

/** A refresh request that can be sent again and again: confidential clients need no rotation. @param {import('./lanyard.mjs').Lanyard} server @param {string} admin */
async function refreshing(server, admin) {
  const scopes = 'offline_access user/Patient.rs';
  const client = { name: 'Bench app', kind: 'confidential-symmetric', redirectUris: [callback], scopes };
  const { id, secret = '' } = await register(server, admin, client);
  const headers = { ...form, authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: id,
    redirect_uri: callback,
    scope: scopes,
    state: 's',
    aud: server.base,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const code = await followToApp(`${server.origin}/oauth2/authorize?${query.toString()}`);
  const parameters = { grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: verifier };
  const body = new URLSearchParams(parameters);
  const answer = await fetch(`${server.origin}/oauth2/token`, { method: 'POST', headers, body });
  const { refresh_token } = /** @type {Record<string, string>} */ (await answer.json());
  if (!refresh_token) throw new Error(`The code was answered ${answer.status} without a refresh token.`);
  return { headers, body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token }).toString() };
}

/** As a browser without pages: the autopilot decides. @param {string} from */
async function followToApp(from) {
  /** @type {Map<string, string>} */
  const cookies = new Map();
  let url = from;
  for (let hop = 0; hop < mostHops; hop++) {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie } });
    await answer.body?.cancel();
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    url = new URL(answer.headers.get('location') ?? '', url).href;
    if (url.startsWith(callback)) return new URL(url).searchParams.get('code') ?? '';
  }
  throw new Error('The authorization did not come back to the app.');
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {string} what @param {{ bodies: string[], headers?: Record<string, string> }} job */
async function measure(server, what, { bodies, headers = form }) {
  const base = { origin: server.origin, method: 'POST', paths: ['/oauth2/token'], tokens: [], headers, connections };
  const [first, rest] = bodies.length === 1 ? [bodies, bodies] : [bodies.slice(0, warmUp), bodies.slice(warmUp)];
  await run({ ...base, bodies: first, count: warmUp, expect: 200 });
  const costs = await costOf(server, () => run({ ...base, bodies: rest, count: tokens, expect: 200 }));
  return [
    { what: `${what}: server CPU`, value: inUnits(microseconds(costs.server, tokens), 'µs'), target: '1500 µs' },
    { what: `${what}: PostgreSQL CPU`, value: inUnits(microseconds(costs.postgres, tokens), 'µs') },
  ];
}

/** The first use of a token against its further ones. @param {import('./lanyard.mjs').Lanyard} server @param {string} admin */
async function readCosts(server, admin) {
  const bodies = await assertions(server, admin, 'ES384', reads);
  /** @type {string[]} */
  const fresh = [];
  for (const body of bodies) {
    const answer = await fetch(`${server.origin}/oauth2/token`, { method: 'POST', body });
    fresh.push(/** @type {{ access_token: string }} */ (await answer.json()).access_token);
  }
  const job = { origin: server.origin, method: 'GET', paths: ['/fhir/r4/Patient/none'], connections, expect: 404 };
  await run({ ...job, tokens: [admin], count: reads });
  const first = await costOf(server, () => run({ ...job, tokens: fresh, count: reads }));
  const again = await costOf(server, () => run({ ...job, tokens: fresh, count: reads }));
  return [
    { what: 'read with a token not seen before: server CPU', value: inUnits(microseconds(first.server, reads), 'µs') },
    { what: 'read with it again: server CPU', value: inUnits(microseconds(again.server, reads), 'µs') },
  ];
}

/** @param {import('./load-generator.mjs').Job} job */
async function run(job) {
  const { wrong } = await generateLoad(job);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}

/** CPU seconds of `load`. @param {import('./lanyard.mjs').Lanyard} server @param {() => Promise<void>} load */
async function costOf(server, load) {
  const before = [cpuOf(server.pid), cpuOfFamily(server.postgres.pid)];
  await load();
  return {
    server: cpuOf(server.pid) - (before[0] ?? NaN),
    postgres: cpuOfFamily(server.postgres.pid) - (before[1] ?? NaN),
  };
}
