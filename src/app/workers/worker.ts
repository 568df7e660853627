import cluster from 'node:cluster';

/** Message of a worker that serves, to the process that began it. */
export const ready = 'lanyard:ready';

const variable = 'LANYARD_WORKER';

/** Variables of a worker: the first one tells people what all have in common. */
export const variablesOf = (isFirst: boolean): Readonly<Record<string, string>> => ({
  [variable]: isFirst ? 'first' : 'another',
});

/** True in a process that shares the port with others of the same server (docs/adr/0086). */
export const isWorker = (): boolean => cluster.isWorker && process.env[variable] !== undefined;

/** True for a worker that leaves lines for people to the first one. */
export const leavesTelling = (): boolean => isWorker() && process.env[variable] !== 'first';

/** Tells the first process that this one serves. */
export function tellReady(): void {
  if (isWorker()) process.send?.({ type: ready });
}
