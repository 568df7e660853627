/** A process on the database, as `/admin/replicas` lists it. */
export interface Replica {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly migration: string;
  readonly state: string;
  readonly load: ReplicaLoad;
  readonly started: string;
  readonly seen: string;
  readonly answers: boolean;
}

export interface ReplicaLoad {
  readonly requestsPerSecond: number;
  readonly eventLoopDelay: number;
  readonly poolInUse: number;
  readonly poolSize: number;
  readonly poolWaiting: number;
  readonly memory: number;
}

export interface ReplicaList {
  readonly at: string;
  readonly replicas: readonly Replica[];
}

export const isLost = ({ state }: Replica): boolean => state === 'lost';

/** Values of replicas that live, each with how many have it, such as `0.3.0 (2)`; empty where all have the same one. */
export function differing(replicas: readonly Replica[], valueOf: (replica: Replica) => string): readonly string[] {
  const counts = new Map<string, number>();
  for (const replica of replicas.filter((one) => !isLost(one)))
    counts.set(valueOf(replica), (counts.get(valueOf(replica)) ?? 0) + 1);
  const found = [...counts].toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  return found.length > 1 ? found.map(([value, count]) => `${value} (${count})`) : [];
}

/** Bytes as megabytes, rounded. */
export const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
