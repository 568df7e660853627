// @ts-check
import { withLanyard } from './lanyard.mjs';
import { generateLoad } from './load-generator.mjs';
import { anObservation } from './patients.mjs';
import { cpuOf, cpuOfFamily } from './process-cost.mjs';
import { inUnits, microseconds, printTable } from './table.mjs';

const warmUp = 2000;
const creates = 6000;
const connections = 8;

/** Single creates, each a commit on disk. */
export function benchCreate() {
  return withLanyard(async (server) => {
    const token = await server.logIn();
    const bodies = Array.from({ length: 500 }, (_, n) => JSON.stringify(anObservation(n)));
    /** @param {number} count */
    const create = async (count) => {
      const job = { origin: server.origin, method: 'POST', paths: ['/fhir/r4/Observation'], tokens: [token], bodies };
      const result = await generateLoad({ ...job, count, connections, expect: 201 });
      if (result.wrong.length > 0) throw new Error(result.wrong.join('\n'));
      return result;
    };
    await create(warmUp);
    const costs = () => [cpuOf(server.pid), cpuOfFamily(server.postgres.pid)];
    const [serverBefore = NaN, postgresBefore = NaN] = costs();
    const { seconds } = await create(creates);
    const [serverAfter = NaN, postgresAfter = NaN] = costs();
    printTable(`create: ${creates} single creates of Observation, ${connections} connections`, [
      { what: 'creates', value: inUnits(creates / seconds, '/s') },
      { what: 'server CPU per create', value: inUnits(microseconds(serverAfter - serverBefore, creates), 'µs') },
      {
        what: 'PostgreSQL CPU per create',
        value: inUnits(microseconds(postgresAfter - postgresBefore, creates), 'µs'),
      },
    ]);
  });
}
