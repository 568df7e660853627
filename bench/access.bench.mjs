// @ts-check
// What limits of access cost: the same queries by callers with the same data in reach, or less of it, and what a refusal costs.
import { Issuer } from './issuer.mjs';
import { withLanyard } from './lanyard.mjs';
import { generateLoad } from './load-generator.mjs';
import { cpuOf, cpuOfFamily } from './process-cost.mjs';
import { loadPopulation } from './search-load.mjs';
import { codes, loinc, patientId, patientsOf, rareCode, rareName } from './search-records.mjs';
import { median } from './table.mjs';

const stored = 10_000;
const rounds = 3;
const requestsOfRound = 100;
/** CPU of server and PostgreSQL together, times the unrestricted; the chain has none. */
const floors = { limited: 1.3, refusal: 2 };
const patient = patientId(7);
const common = `${loinc}|${codes[0]}`;
const careTeamPatients = 20;

/** Queries of one patient, of few and of many rows, in orders, by chains, counted. @type {readonly (readonly [what: string, path: string])[]} */
const queries = [
  ['read by id', `Patient/${patient}`],
  ['patient + code', `Observation?patient=${patient}&code=${common}`],
  ['identifier', 'Patient?identifier=https://example.org/patients|bench-7'],
  ['rare token', `Observation?code=${loinc}|${rareCode}`],
  ['common token', `Observation?code=${common}&_count=20`],
  ["a patient's newest", `Observation?patient=${patient}&_sort=-date&_count=20`],
  ['code + date range, newest first', `Observation?code=${common}&date=ge2010&date=lt2011&_sort=-date&_count=20`],
  ['newest of all', 'Observation?_sort=-date&_count=20'],
  ['last updated', 'Observation?_sort=-_lastUpdated&_count=20'],
  ['name prefix', `Patient?name=${rareName.slice(0, 6)}`],
  ['chain to one patient', 'Observation?patient.identifier=https://example.org/patients|bench-7&_count=20'],
  ['count, common code', `Observation?code=${common}&_summary=count`],
];

/** @type {Readonly<Record<string, { scope: string, claims?: Record<string, unknown> }>>} */
const callers = {
  unrestricted: { scope: 'user/*.cruds' },
  'system/*.rs': { scope: 'system/*.rs', claims: { sub: 'bench' } },
  'patient/*.rs': { scope: 'patient/*.rs', claims: { patient } },
  'two granular': {
    scope: `user/Patient.rs?gender=female user/Patient.rs?gender=male user/Observation.rs?status=final user/Observation.rs?status=amended`,
  },
  'policy with a chain': { scope: 'user/*.rs', claims: { client_id: 'team' } },
};

export async function benchAccess() {
  const issuer = await Issuer.start();
  try {
    await withLanyard(
      async (server) => {
        await loadPopulation(server, stored);
        await storePolicy(server);
        const missed = [...(await compare(server, issuer)), ...(await compareRefusal(server, issuer))];
        if (missed.length > 0) throw new Error(`Floors were missed:\n${missed.join('\n')}`);
      },
      // The cost of the audit has a bench of its own.
      { variables: { TRUSTED_ISSUERS: issuer.trusted, AUDIT: 'off' } },
    );
  } finally {
    issuer.close();
  }
}

/** The app sees the patients of one practitioner's care teams. @param {import('./lanyard.mjs').Lanyard} server */
async function storePolicy(server) {
  const token = await server.logIn();
  /** @param {string} method @param {string} url @param {string} type @param {object} body */
  const send = async (method, url, type, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': type };
    const answer = await fetch(url, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  };
  const step = Math.floor(patientsOf(stored) / careTeamPatients);
  const members = Array.from({ length: careTeamPatients }, (_, n) => patientId(n === 0 ? 7 : n * step));
  for (const id of members) {
    await send('POST', `${server.base}/CareTeam`, 'application/fhir+json', {
      resourceType: 'CareTeam',
      subject: { reference: `Patient/${id}` },
      participant: [{ member: { reference: 'Practitioner/me' } }],
    });
  }
  const ofTeam = '_has:CareTeam:patient:participant=Practitioner/me';
  await send('PUT', `${server.origin}/oauth2/policies/team`, 'application/json', {
    description: 'patients of the care team',
    assignedTo: { clients: ['team'] },
    rules: [
      { types: ['Patient'], constrain: ofTeam },
      { types: ['Observation'], constrain: `patient.${ofTeam}` },
    ],
  });
  await server.query('VACUUM (ANALYZE) resource');
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {Issuer} issuer */
async function compare(server, issuer) {
  const names = Object.keys(callers);
  const tokens = names.map((name) => tokenOf(server, issuer, name));
  /** @type {string[][]} */
  const rows = [];
  /** @type {string[]} */
  const missed = [];
  const ratios = names.map(() => /** @type {number[]} */ ([]));
  for (const [what, path] of queries) {
    const spent = await measure(
      server,
      tokens.map((token) => ({ token, path, expect: 200 })),
    );
    const times = spent.map((one) => one / (spent[0] ?? NaN));
    times.forEach((one, i) => ratios[i]?.push(one));
    rows.push([
      what,
      ...spent.map((one, i) => `${one.toFixed(2)}${i === 0 ? '' : ` (${(times[i] ?? NaN).toFixed(1)})`}`),
    ]);
  }
  console.log('\naccess: CPU of server and PostgreSQL in ms a request, and how many times the unrestricted');
  for (const cells of [['', ...names], ...rows]) console.log(aligned(cells));
  for (const [i, name] of names.entries()) {
    const middle = median(ratios[i] ?? []);
    console.log(`${name}: ${middle.toFixed(2)} times the unrestricted, the median of ${queries.length} queries`);
    if (name !== 'policy with a chain' && middle > floors.limited)
      missed.push(`${name} costs ${middle.toFixed(2)} times the unrestricted; ${floors.limited} is the floor.`);
  }
  return missed;
}

/** @param {readonly string[]} cells */
const aligned = ([what = '', ...cells]) => what.padEnd(34) + cells.map((cell) => cell.padStart(21)).join('');

/** @param {import('./lanyard.mjs').Lanyard} server @param {Issuer} issuer */
async function compareRefusal(server, issuer) {
  const path = `Patient/${patient}`;
  const refused = issuer.token(server.base, 'user/Observation.rs', 'refused');
  const [read = NaN, refusal = NaN] = await measure(server, [
    { token: tokenOf(server, issuer, 'unrestricted'), path, expect: 200 },
    { token: refused, path, expect: 403 },
  ]);
  const times = refusal / read;
  console.log(`an explained refusal: ${refusal.toFixed(2)} ms, ${times.toFixed(2)} times a read`);
  return times > floors.refusal ? [`An explained refusal costs ${times.toFixed(2)} times a read.`] : [];
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {Issuer} issuer @param {string} name */
function tokenOf(server, issuer, name) {
  const { scope, claims = {} } = callers[name] ?? { scope: '' };
  return issuer.token(server.base, scope, name, claims);
}

/** In turn, so that all meet the same circumstances: CPU in ms of a request, the median of the rounds. @param {import('./lanyard.mjs').Lanyard} server @param {readonly { token: string, path: string, expect: number }[]} jobs */
async function measure(server, jobs) {
  const spent = jobs.map(() => /** @type {number[]} */ ([]));
  for (let round = 0; round <= rounds; round++) {
    for (const [i, job] of jobs.entries()) {
      const one = await ask(server, job);
      // The first round warms up.
      if (round > 0) spent[i]?.push(one);
    }
  }
  return spent.map(median);
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {{ token: string, path: string, expect: number }} job */
async function ask(server, { token, path, expect }) {
  const cpu = () => (cpuOf(server.pid) + cpuOfFamily(server.postgres.pid)) * 1000;
  const before = cpu();
  const { wrong } = await generateLoad({
    origin: server.origin,
    method: 'GET',
    paths: [`/fhir/r4/${encodeURI(path).replaceAll('|', '%7C')}`],
    tokens: [token],
    count: requestsOfRound,
    connections: 2,
    expect,
  });
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return (cpu() - before) / requestsOfRound;
}
