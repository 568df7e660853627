// @ts-check
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** The fields of `/proc/<pid>/stat` after the command, whose name may hold spaces. @param {number} pid */
function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    // It ended in between.
    return undefined;
  }
}

/** CPU seconds (user and system) of one process. @param {number} pid */
export function cpuOf(pid) {
  const fields = statOf(pid);
  return fields === undefined ? 0 : (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** CPU seconds of the children that a process has outlived. @param {number} pid */
export function cpuOfEnded(pid) {
  const fields = statOf(pid);
  return fields === undefined ? 0 : (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
}

/** CPU seconds of a process, its living children, and those it has outlived: a PostgreSQL. @param {number} pid */
export function cpuOfFamily(pid) {
  const fields = statOf(pid);
  if (fields === undefined) return 0;
  return childrenOf(pid).reduce((sum, child) => sum + cpuOf(child), cpuOf(pid) + cpuOfEnded(pid));
}

/** @param {number} pid */
function childrenOf(pid) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statOf(Number(name))?.[1] === String(pid))
    .map(Number);
}

/**
 * Nanoseconds of CPU of each thread of the processes and of their children, by id: what short rounds need, where a tick is too long.
 * @param {readonly number[]} pids
 */
export function threadTimes(pids) {
  const times = new Map();
  for (const pid of pids.flatMap((one) => [one, ...childrenOf(one)]))
    for (const [thread, time] of threadsOf(pid)) times.set(thread, time);
  return times;
}

/** CPU seconds between two {@link threadTimes}; of threads that have ended in between nothing is known. @param {ReadonlyMap<number, number>} before @param {ReadonlyMap<number, number>} after */
export function cpuBetween(before, after) {
  let sum = 0;
  for (const [thread, time] of after) sum += time - (before.get(thread) ?? 0);
  return sum / 1e9;
}

/** As {@link threadTimes}, of one process without its children. @param {number} pid */
export const threadTimesOf = (pid) => new Map(threadsOf(pid));

/** As {@link cpuOfFamily}, to the nanosecond but for children that have ended: of processes whose threads end with them. @param {number} pid */
export const cpuOfFamilyThreads = (pid) =>
  [...threadTimes([pid]).values()].reduce((sum, time) => sum + time / 1e9, cpuOfEnded(pid));

/** @param {number} pid @returns {[number, number][]} */
function threadsOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => {
      const [time] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
      return [Number(thread), Number(time)];
    });
  } catch {
    // It ended in between.
    return [];
  }
}

/** Resident memory in MB, now and at its highest. @param {number} pid */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (/** @type {string} */ name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN) / 1024;
  return { now: megabytes('VmRSS'), highest: megabytes('VmHWM') };
}

/** Lets {@link memoryOf} look for the highest from now on (proc(5), clear_refs). @param {number} pid */
export const forgetHighest = (pid) => writeFileSync(`/proc/${pid}/clear_refs`, '5');
