// @ts-check
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BothSides, costRow, ratioRow } from './both-sides.mjs';
import { anObservation } from './clinical-records.mjs';
import { importAll } from './import-run.mjs';
import { withLanyard } from './lanyard.mjs';
import { aPatient } from './patients.mjs';
import { printTable } from './table.mjs';

/** Resources of a page, which a search page has too. */
const page = 50;
const smallRecord = 200;
/** Pages before the one that stands for all later ones. */
const pagesBefore = 20;
const rounds = 6;
/** Times a search page that the first page may take. */
const mostOfSearch = 3;

/**
 * Pages of `Patient/$everything` of a large record beside a page of a search in it, and beside the first page of a small record: cost follows the page.
 * @param {number} resources
 */
export async function benchEverything(resources) {
  await withLanyard(async (server) => {
    const folder = join(server.dataDir, 'bulk');
    mkdirSync(folder);
    await write(folder, { large: resources, small: smallRecord });
    await importAll(server, [folder]);
    await server.query('VACUUM ANALYZE');
    const sides = new BothSides(server, await server.logIn());
    const later = await laterPage(sides);
    const get = (/** @type {string} */ path, count = 40) => ({ method: 'GET', paths: [path], count, expect: 200 });
    const everything = (/** @type {string} */ id, count = page) => `/fhir/r4/Patient/${id}/$everything?_count=${count}`;
    const costs = await sides.compare(rounds, {
      search: get(`/fhir/r4/Observation?patient=large&_count=${page}`),
      first: get(everything('large')),
      later: get(later),
      small: get(everything('small')),
      tenfold: get(everything('large', page * 10), 10),
    });
    printTable(`bulk: $everything of ${resources} resources, pages of ${page}`, [
      costRow('a page of a search within the record', costs.search),
      costRow('first page', costs.first),
      ratioRow('  times the search', costs.first, costs.search, mostOfSearch),
      costRow(`page ${pagesBefore + 1}`, costs.later),
      ratioRow('  times the search', costs.later, costs.search, mostOfSearch),
      costRow(`first page of a record of ${smallRecord}`, costs.small),
      ratioRow('first page, large record to small', costs.first, costs.small),
      costRow(`first page with _count=${page * 10}`, costs.tenfold),
      ratioRow('  times the first page', costs.tenfold, costs.first),
    ]);
  });
}

/** @param {string} folder @param {Record<string, number>} records resources by patient */
async function write(folder, records) {
  const file = createWriteStream(join(folder, 'records.ndjson'));
  for (const [id, resources] of Object.entries(records)) {
    file.write(`${JSON.stringify({ ...aPatient(resources), id })}\n`);
    for (let n = 1; n < resources; n++) {
      const { encounter: _, ...observation } = anObservation(n, () => `Patient/${id}`);
      const line = `${JSON.stringify({ ...observation, id: `${id}-${n}` })}\n`;
      if (!file.write(line)) await once(file, 'drain');
    }
  }
  file.end();
  await once(file, 'close');
}

/** Path of a page in the middle of the large record, by the links of the pages before it. @param {BothSides} sides */
async function laterPage(sides) {
  let path = `Patient/large/$everything?_count=${page}`;
  for (let pages = 0; pages < pagesBefore; pages++) {
    const bundle = /** @type {{ link: { relation: string, url: string }[] }} */ (
      await (await sides.fetch(path)).json()
    );
    const next = bundle.link.find(({ relation }) => relation === 'next')?.url;
    if (next === undefined) throw new Error(`The record ends after ${pages + 1} pages.`);
    path = next.slice(`${sides.server.base}/`.length);
  }
  return `/fhir/r4/${path}`;
}
