// @ts-check
import { BothSides, costRow, ratioRow } from './both-sides.mjs';
import { freePort, withLanyard } from './lanyard.mjs';
import { aPatient } from './patients.mjs';
import { median, printTable } from './table.mjs';

const rounds = 7;
const count = 2000;
const connections = 32;

/** What the audit costs reads: two servers that differ in AUDIT alone, in turns. What is sealed in the background meanwhile counts too. */
export async function benchAudit() {
  const sides = await Promise.all(['on', 'off'].map(async (audit) => ({ audit, port: await freePort() })));
  const [on, off] = sides.map(({ audit, port }) => ({ port, variables: { AUDIT: audit } }));
  await withLanyard((audited) => withLanyard((plain) => compare(audited, plain), off), on);
}

/** @param {import('./lanyard.mjs').Lanyard} audited @param {import('./lanyard.mjs').Lanyard} plain */
async function compare(audited, plain) {
  const sides = await Promise.all([audited, plain].map(prepare));
  /** @type {import('./both-sides.mjs').Cost[][]} */
  const costs = [[], []];
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { server, path }] of sides.entries()) {
      const cost = await server.cost({ method: 'GET', paths: [path], count, connections, expect: 200 });
      if (round > 0) costs[i]?.push(cost);
    }
  }
  const [on = [], off = []] = costs;
  const slower = median(on.map(({ wall }, round) => wall / (off[round]?.wall ?? NaN)));
  printTable(`audit: GET Patient/{id}, ${connections} connections, ${rounds} rounds of ${count}`, [
    costRow('CPU per read, AUDIT=on', on),
    costRow('CPU per read, AUDIT=off', off),
    ratioRow('ratio of CPU, sealing included', on, off, 1.25),
    {
      what: 'ratio of time per read',
      value: slower.toFixed(2),
      target: `<= 1.25: ${slower <= 1.25 ? 'met' : 'missed'}`,
    },
  ]);
}

/** @param {import('./lanyard.mjs').Lanyard} lanyard */
async function prepare(lanyard) {
  const server = new BothSides(lanyard, await lanyard.logIn());
  const headers = { 'content-type': 'application/fhir+json' };
  const made = await server.fetch('Patient', { method: 'POST', headers, body: JSON.stringify(aPatient(1)) });
  const { id } = /** @type {{ id: string }} */ (await made.json());
  return { server, path: `/fhir/r4/Patient/${id}` };
}
