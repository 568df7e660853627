// @ts-check
import { anObservation, aPatient } from './patients.mjs';

/** A FHIR R4 server. @typedef {{ name: string, base: string, token?: string | undefined }} Peer */
/** `perSecond`: requests, or resources of an import; `latencies` in ms. @typedef {{ perSecond: number, latencies: number[] }} Work */

const codes = ['8302-2', '29463-7', '8867-4', '9279-1', '8310-5', '2708-6', '39156-5', '718-7', '2339-0', '2093-3'];
const loading = 4;

/** @param {Peer} peer @param {string} method @param {string} path @param {object | string} [body] */
async function ask({ base, token }, method, path, body) {
  const answer = await fetch(path === '' ? base : `${base}/${path}`, {
    method,
    headers: {
      accept: 'application/fhir+json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/fhir+json', prefer: 'return=representation' }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.status, text: await answer.text(), location: answer.headers.get('location') };
}

/** A patient with Observations, whose ids are the server's. @param {number} n @param {number} [observations] */
export function transactionOf(n, observations = codes.length) {
  const fullUrl = `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { fullUrl, resource: aPatient(n), request: { method: 'POST', url: 'Patient' } },
      ...Array.from({ length: observations }, (_, i) => ({
        resource: observationOf(n + i, fullUrl, i),
        request: { method: 'POST', url: 'Observation' },
      })),
    ],
  };
}

/** @param {number} n @param {string} reference @param {number} i */
function observationOf(n, reference, i) {
  const coding = [{ system: 'http://loinc.org', code: codes[i % codes.length] }];
  return { ...anObservation(n), code: { coding }, subject: { reference } };
}

/** Stores patients with ten Observations each. @param {Peer} peer @param {number} count @returns {Promise<string[]>} ids of the patients */
export async function load(peer, count) {
  /** @type {string[]} */
  const ids = [];
  let next = 0;
  const work = async () => {
    while (next < count) {
      const n = next++;
      const { status, text } = await ask(peer, 'POST', '', transactionOf(n));
      if (status !== 200) throw new Error(`${peer.name} answered a transaction with ${status}: ${text.slice(0, 500)}`);
      const { location = '' } = JSON.parse(text).entry[0].response;
      ids[n] = idIn(location);
    }
  };
  await Promise.all(Array.from({ length: loading }, work));
  return ids;
}

/** @param {string} location */
const idIn = (location) => /Patient\/([^/]+)/.exec(location)?.[1] ?? '';

/** One record at a time over each connection: a patient and three Observations are created, read, updated, and deleted in the other order. @param {Peer} peer @param {number} connections @param {number} seconds @returns {Promise<Work>} */
export async function crudMix(peer, connections, seconds) {
  /** @type {number[]} */
  const latencies = [];
  const begun = performance.now();
  const end = begun + seconds * 1000;
  const send = async (/** @type {[string, string, object?]} */ ...request) => {
    const from = performance.now();
    const { status, text } = await ask(peer, ...request);
    latencies.push(performance.now() - from);
    if (status >= 300) throw new Error(`${peer.name}: ${request[0]} ${request[1]} ${status} ${text.slice(0, 300)}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const work = async (/** @type {unknown} */ _, /** @type {number} */ worker) => {
    for (let n = worker; performance.now() < end; n += connections) await oneRecord(send, n);
  };
  await Promise.all(Array.from({ length: connections }, work));
  return { perSecond: latencies.length / ((performance.now() - begun) / 1000), latencies };
}

/** @param {(method: string, path: string, body?: object) => Promise<any>} send @param {number} n */
async function oneRecord(send, n) {
  const patient = await send('POST', 'Patient', aPatient(n));
  const made = [patient];
  for (const i of [0, 1, 2]) made.push(await send('POST', 'Observation', observationOf(n, `Patient/${patient.id}`, i)));
  for (const { resourceType, id } of made) await send('GET', `${resourceType}/${id}`);
  for (const one of made) {
    const change = one.resourceType === 'Patient' ? { gender: 'other' } : { issued: '2024-01-01T00:00:00Z' };
    await send('PUT', `${one.resourceType}/${one.id}`, { ...one, ...change });
  }
  for (const { resourceType, id } of made.toReversed()) await send('DELETE', `${resourceType}/${id}`);
}

/** Posts each bundle until the time is over. @param {Peer} peer @param {readonly import('./synthea.mjs').SyntheaBundle[]} bundles @param {number} connections @param {number} seconds @returns {Promise<Work & { stored: number, refused: number }>} */
export async function importBundles(peer, bundles, connections, seconds) {
  /** @type {number[]} */
  const latencies = [];
  let [next, resources, stored, refused] = [0, 0, 0, 0];
  const begun = performance.now();
  const work = async () => {
    while (next < bundles.length && performance.now() < begun + seconds * 1000) {
      const { text, entries } = /** @type {import('./synthea.mjs').SyntheaBundle} */ (bundles[next++]);
      const from = performance.now();
      const { status } = await ask(peer, 'POST', '', text);
      latencies.push(performance.now() - from);
      if (status === 200) [resources, stored] = [resources + entries, stored + 1];
      else refused++;
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  return { perSecond: resources / ((performance.now() - begun) / 1000), latencies, stored, refused };
}
