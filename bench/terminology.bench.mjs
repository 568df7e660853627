// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { dist } from '../scripts/paths.mjs';
import { BothSides, costRow, ratioRow } from './both-sides.mjs';
import { flagsOfLanyard, withLanyard } from './lanyard.mjs';
import { aPatient } from './patients.mjs';
import { conceptId, writeSnomedRelease } from './snomed-release.mjs';
import { printTable } from './table.mjs';

const concepts = Number(process.env['BENCH_CONCEPTS'] ?? 500_000);
const branch = concepts / 5;
const rounds = 7;
const count = 300;
/** Few requests a round: a process that has just started compiles for longer than one of them. */
const warm = { warmUps: 4, patience: 120_000 };
/** Conditions whose codes criteria look up, all but some of one branch. */
const conditions = Number(process.env['BENCH_CONDITIONS'] ?? 20_000);
const rareConditions = 20;
const system = 'http://snomed.info/sct';
const prefix = '/fhir/r4';

/** Questions about a release of 500,000 concepts, by CPU of server and PostgreSQL, beside a read by id; and how fast it is loaded. */
export async function benchTerminology() {
  await withLanyard(run);
}

/** @param {import('./lanyard.mjs').Lanyard} server */
async function run(server) {
  const folder = join(server.dataDir, 'release');
  await writeSnomedRelease(folder, { concepts, branch });
  const load = await loaded(server, folder);
  await server.query('ANALYZE');
  const both = new BothSides(server, await server.logIn());
  const { id } = /** @type {{ id: string }} */ (
    await (
      await both.fetch('Patient', {
        method: 'POST',
        headers: { 'content-type': 'application/fhir+json' },
        body: JSON.stringify(aPatient(1)),
      })
    ).json()
  );
  const costs = await both.compare(rounds, questions(`Patient/${id}`, await storeValueSets(both)), warm);
  printTable(`terminology: ${concepts} concepts, ${branch} below one`, [
    { what: 'load of the release', value: `${Math.round(concepts / load)} concepts/s`, target: '>= 30000' },
    costRow('read by id', costs.read),
    ratioRow('$lookup, to a read', costs.lookup, costs.read, 1.3),
    ratioRow('CodeSystem/$validate-code', costs.validate, costs.read, 1.3),
    ratioRow('ValueSet/$validate-code, is-a', costs.member, costs.read, 1.3),
    ratioRow('ValueSet/$validate-code, stored, a whole system', costs.ofWhole, costs.read, 1.3),
    ratioRow(`ValueSet/$validate-code, stored, ${count} codes`, costs.ofListed, costs.read, 1.3),
    ratioRow('$subsumes', costs.subsumes, costs.read, 1.3),
    ratioRow('$lookup of a code for the first time', costs.lookupOnce, costs.read, 1.3),
    ratioRow('ValueSet/$validate-code, is-a, for the first time', costs.memberOnce, costs.read, 1.3),
    ratioRow(`page of 20 of the ${branch}`, costs.page, costs.read, 3),
    ratioRow('page of 20 of those with two words', costs.text, costs.read, 5),
    costRow('$lookup', costs.lookup),
    costRow('page', costs.page),
    costRow('page with words', costs.text),
  ]);
  await benchCriteria(server, both);
}

const some = Array.from({ length: count }, (_, i) => 10 + ((i * 7919) % (branch - 20)));

/** `read`: what all are compared with. @param {string} read @param {readonly [string, string]} sets of {@link storeValueSets} */
function questions(read, [whole, listed]) {
  const url = encodeURIComponent(`${system}?fhir_vs=isa/${conceptId(2)}`);
  /** @param {string[]} paths */
  const get = (paths) => ({ method: 'GET', paths: paths.map((path) => `${prefix}/${path}`), count, expect: 200 });
  let asked = 0;
  /** Each round asks about codes that nobody has asked about before. @param {(n: number) => string} path */
  const getOnce = (path) => ({
    ...get([]),
    get paths() {
      return Array.from({ length: count }, () => `${prefix}/${path(11 + ((asked++ * 7907) % (branch - 20)))}`);
    },
  });
  const member = (/** @type {string} */ set) => (/** @type {number} */ n) =>
    `ValueSet/$validate-code?url=${set}&system=${system}&code=${conceptId(n)}`;
  return {
    read: get([read]),
    lookup: get(some.map((n) => `CodeSystem/$lookup?system=${system}&code=${conceptId(n)}`)),
    validate: get(some.map((n) => `CodeSystem/$validate-code?url=${system}&code=${conceptId(n)}`)),
    member: get(some.map(member(url))),
    ofWhole: get(some.map(member(whole))),
    ofListed: get(some.map(member(listed))),
    lookupOnce: getOnce((n) => `CodeSystem/$lookup?system=${system}&code=${conceptId(n)}`),
    memberOnce: getOnce(member(url)),
    subsumes: get(some.map((n) => `CodeSystem/$subsumes?system=${system}&codeA=${conceptId(2)}&codeB=${conceptId(n)}`)),
    page: get(some.map((n) => `ValueSet/$expand?url=${url}&count=20&offset=${n}`)),
    text: get(some.map((n) => `ValueSet/$expand?url=${url}&count=20&filter=type%20${(n % 5000).toString(36)}`)),
  };
}

/** Canonicals of two stored value sets, for addresses. @param {BothSides} both */
async function storeValueSets(both) {
  const concept = some.map((n) => ({ code: conceptId(n) }));
  const includes = { whole: { system }, listed: { system, concept } };
  const urls = [];
  for (const [name, include] of Object.entries(includes)) {
    const url = `http://bench.example/ValueSet/${name}`;
    await both.fetch('ValueSet', {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'ValueSet', url, status: 'active', compose: { include: [include] } }),
    });
    urls.push(encodeURIComponent(url));
  }
  return /** @type {[string, string]} */ (urls);
}

/** Searches by more codes than a list takes, beside one by a code. @param {import('./lanyard.mjs').Lanyard} server @param {BothSides} both */
async function benchCriteria(server, both) {
  await storeConditions(both);
  await server.query('ANALYZE');
  /** @param {string[]} queries @param {number} [times] */
  const search = (queries, times = 100) => ({
    method: 'GET',
    paths: queries.map((query) => `${prefix}/Condition?_count=20&${query}`),
    count: times,
    expect: 200,
  });
  const below = (/** @type {number} */ n) => encodeURIComponent(`${system}?fhir_vs=isa/${conceptId(n)}`);
  const [rare, frequent] = [below(2), below(branch + 3)];
  const patients = Array.from({ length: 100 }, (_, n) => `patient=Patient/p${n}`);
  const costs = await both.compare(rounds, {
    code: search(Array.from({ length: 100 }, (_, n) => `code=${system}%7C${codeOf(n)}`)),
    frequent: search([`code:in=${frequent}`]),
    below: search([`code:below=${system}%7C${conceptId(branch + 3)}`]),
    ofPatient: search(patients.map((patient) => `${patient}&code:in=${rare}`)),
    notIn: search(patients.map((patient) => `${patient}&code:not-in=${frequent}`)),
    rare: search([`code:in=${rare}`], 10),
  });
  printTable(`terminology: criteria of ${branch} and ${concepts - branch} codes, ${conditions} Conditions`, [
    costRow('search by one code', costs.code),
    ratioRow(':in that most have, to that', costs.frequent, costs.code),
    ratioRow(':below that most have', costs.below, costs.code),
    ratioRow(':in within a patient', costs.ofPatient, costs.code),
    ratioRow(':not-in within a patient', costs.notIn, costs.code),
    ratioRow(`:in that ${rareConditions} have`, costs.rare, costs.code),
    costRow(`:in that ${rareConditions} have`, costs.rare),
  ]);
}

/** Of a Condition: one of the first branch for few of them. @param {number} n */
const codeOf = (n) =>
  conceptId(n % (conditions / rareConditions) === 7 ? 10 + n : branch + 10 + ((n * 7919) % (concepts - branch - 20)));

/** @param {BothSides} both */
async function storeConditions(both) {
  const patients = conditions / 40;
  const entryOf = (/** @type {{ resourceType: string, id: string }} */ resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  });
  const resources = [
    ...Array.from({ length: patients }, (_, n) => ({ ...aPatient(n), id: `p${n}` })),
    ...Array.from({ length: conditions }, (_, n) => ({
      resourceType: 'Condition',
      id: `c${n}`,
      subject: { reference: `Patient/p${n % patients}` },
      code: { coding: [{ system, code: codeOf(n) }] },
    })),
  ];
  for (let at = 0; at < resources.length; at += 500) {
    const entry = resources.slice(at, at + 500).map(entryOf);
    await both.fetch('', {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }),
    });
  }
}

/** Seconds of the command, without its start. @param {import('./lanyard.mjs').Lanyard} server @param {string} folder */
async function loaded(server, folder) {
  // With the options of bin/lanyard.mjs, which would build first.
  const options = [...flagsOfLanyard, join(dist, 'cli/main.js')];
  const child = spawn(process.execPath, [...options, 'terminology', 'load', folder], {
    env: {
      MALLOC_TRIM_THRESHOLD_: '131072',
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DATA_DIR: server.dataDir,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  const [code] = await once(child, 'exit');
  const seconds = /concepts in ([\d.]+) s/.exec(output)?.[1];
  if (code !== 0 || seconds === undefined) throw new Error(`The load ended with ${code}: ${output}`);
  return Number(seconds);
}
