// @ts-check
import { freePort, Lanyard, withDataDir } from './lanyard.mjs';
import { cpuOf } from './process-cost.mjs';
import { inUnits, median, printTable } from './table.mjs';

const warmStarts = 3;

/** From spawning the process to the first 200 of `/health/ready`; the first start makes the database. */
export async function benchStart() {
  const port = await freePort();
  await withDataDir(async (dataDir) => {
    const times = [];
    const cpu = [];
    for (let start = 0; start <= warmStarts; start++) {
      const server = await Lanyard.start(dataDir, { port });
      times.push(server.startedIn);
      cpu.push(cpuOf(server.pid));
      await server.stop();
    }
    const [first = NaN, ...warm] = times;
    const [firstCpu = NaN, ...warmCpu] = cpu;
    printTable('start', [
      { what: 'first start, with initdb', value: inUnits(first, 's', 2), target: '<= 8 s' },
      { what: 'CPU of the server for it', value: inUnits(firstCpu, 's', 2) },
      { what: `warm start, median of ${warm.length}`, value: inUnits(median(warm), 's', 2), target: '<= 2.5 s' },
      { what: 'CPU of the server for it', value: inUnits(median(warmCpu), 's', 2) },
    ]);
  });
}
