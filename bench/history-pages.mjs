// @ts-check
import { costRow, ratioRow } from './both-sides.mjs';
import { aPatient } from './patients.mjs';
import { printTable } from './table.mjs';

/** @typedef {import('./both-sides.mjs').BothSides} BothSides */

const versions = 10_000;
const perPage = 100;
/** After so many milliseconds no further versions are made. */
const patience = 45_000;

/** Measures if the last page of a long history costs more than the first. @param {BothSides} sides */
export async function benchHistory(sides) {
  const made = await makeVersions(sides);
  const instance = await walk(sides, `Patient/history/_history?_count=${perPage}`);
  const type = await walk(sides, `Patient/_history?_count=${perPage}`);
  if (instance.versions !== made) throw new Error(`The history has ${instance.versions} versions instead of ${made}.`);
  if (type.versions < made)
    throw new Error(`The history of the type has ${type.versions} versions, less than ${made}.`);
  const page = (/** @type {string} */ path) => ({ method: 'GET', paths: [path], count: 40, expect: 200 });
  const costs = await sides.compare(5, {
    first: page(instance.first),
    last: page(instance.last),
    typeFirst: page(type.first),
    typeLast: page(type.last),
  });
  printTable(`engine: history of ${made} versions of about 2 kB, ${perPage} on a page, CPU per page`, [
    costRow('of the resource, first page', costs.first),
    costRow('of the resource, last page', costs.last),
    ratioRow('last : first', costs.last, costs.first, 1.5),
    costRow('of the type, first page', costs.typeFirst),
    costRow('of the type, last page', costs.typeLast),
    ratioRow('last : first', costs.typeLast, costs.typeFirst, 1.5),
  ]);
}

/** The number of versions made. @param {BothSides} sides */
async function makeVersions(sides) {
  const bodies = Array.from({ length: 500 }, (_, n) => JSON.stringify({ ...aPatient(n), id: 'history' }));
  const update = { method: 'PUT', paths: ['/fhir/r4/Patient/history'], bodies };
  await sides.cost({ ...update, count: 1, expect: 201 });
  await sides.cost({ ...update, bodies: bodies.slice(1), count: bodies.length - 1, connections: 1, expect: 200 });
  let made = bodies.length;
  for (const end = performance.now() + patience; made < versions && performance.now() < end; made += bodies.length) {
    await sides.cost({ ...update, count: bodies.length, connections: 1, expect: 200 });
  }
  return made;
}

/** Follows the links from page to page. @param {BothSides} sides @param {string} path below the base */
async function walk(sides, path) {
  const { base, origin } = sides.server;
  const seen = new Set();
  let last = `${base}/${path}`;
  for (let next = /** @type {string | undefined} */ (last), pages = 0; next !== undefined; pages++) {
    if (pages > versions) throw new Error(`${path} has no end.`);
    const { entry, link } = await pageOf(sides, next);
    for (const { response, fullUrl } of entry) seen.add(`${fullUrl} ${response.etag}`);
    // The last full one: it is compared with the first.
    if (entry.length === perPage) last = next;
    next = link.find(({ relation }) => relation === 'next')?.url;
  }
  return { versions: seen.size, first: `${base}/${path}`.slice(origin.length), last: last.slice(origin.length) };
}

/** @typedef {{ entry: { fullUrl: string, response: { etag: string } }[], link: { relation: string, url: string }[] }} Page */

/** @param {BothSides} sides @param {string} url @returns {Promise<Page>} */
async function pageOf(sides, url) {
  const answer = await sides.fetch(url.slice(sides.server.base.length + 1));
  return /** @type {Promise<Page>} */ (answer.json());
}
