// @ts-check
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { dist } from '../scripts/paths.mjs';
import { floor } from './both-sides.mjs';
import { anExplanation, anObservation, inOtherPlace, someResources } from './clinical-records.mjs';
import { benchProfiles } from './profile-rules.mjs';
import { inUnits, median, printTable } from './table.mjs';

const rounds = 5;
const warmUp = 3;
/** CPU microseconds that a round takes about. */
const roundLength = 60_000;

/** Measures the work on a resource beside storing it, in this process. */
export async function benchInProcess() {
  const { validateResource, indexer, parseJson } = await load();
  const observations = Array.from({ length: 200 }, (_, n) => JSON.stringify(anObservation(n, inOtherPlace(n))));
  const mix = someResources(200).map((one) => JSON.stringify(one));
  const large = JSON.stringify(anExplanation(0, inOtherPlace(0), 32));
  /** @type {[what: string, texts: string[], limit?: number][]} */
  const samples = [
    ['average Observation', observations, 300],
    ['mix', mix],
    [`ExplanationOfBenefit of ${(large.length / 1000).toFixed(0)} kB`, [large], 5000],
  ];
  const rows = samples.flatMap(([what, texts, limit]) => {
    const resources = texts.map((text) => parseJson(text));
    const findings = resources.flatMap((one) => validateResource(one)).filter(({ severity }) => severity === 'error');
    if (findings.length > 0) throw new Error(findings[0]?.text);
    const validation = cpuEach(resources, (one) => validateResource(one));
    const index = cpuEach(resources, (one) => indexer.index(one));
    return [
      { what: `validation, ${what}`, value: inUnits(validation, 'µs'), ...floor(validation, limit, ' µs') },
      { what: `index extraction, ${what}`, value: inUnits(index, 'µs') },
      { what: `reading JSON, ${what}`, value: inUnits(cpuEach(texts, parseJson), 'µs') },
    ];
  });
  printTable('engine: CPU of the steps of a create, in process, median of rounds', rows);
  await benchProfiles();
}

async function load() {
  const from = (/** @type {string} */ file) => import(pathToFileURL(join(dist, file)).href);
  const [{ validateResource }, { ResourceIndexer }, { SearchParameters }, { parseJson }] = await Promise.all([
    from('r4/validation/validate-resource.js'),
    from('r4/search/index/resource-indexer.js'),
    from('r4/search/parameters/search-parameters.js'),
    from('r4/json/json.js'),
  ]);
  const indexer = new ResourceIndexer(new SearchParameters(), { base: 'http://127.0.0.1/fhir/r4', timeZone: 'UTC' });
  return { validateResource, indexer, parseJson };
}

/** CPU microseconds for one item, after rounds that warm up. @template T @param {readonly T[]} items @param {(item: T) => unknown} work */
function cpuEach(items, work) {
  const costs = Array.from({ length: warmUp + rounds }, () => {
    const before = process.cpuUsage();
    let count = 0;
    for (; cpuSince(before) < roundLength; count += items.length) for (const item of items) work(item);
    return cpuSince(before) / count;
  });
  return median(costs.slice(warmUp));
}

/** @param {NodeJS.CpuUsage} before */
function cpuSince(before) {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
