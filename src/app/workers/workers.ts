import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ready } from './worker.js';

/** Milliseconds before a worker that died is followed by another, doubled with each death within a minute. */
const firstPause = 200;
const longestPause = 30_000;
const minute = 60_000;
/** Milliseconds that a new worker may take: the first one may bring the schema up to date. */
const startPatience = 300_000;
/** Beyond the time that a server takes to stop. */
const stopPatience = 60_000;

interface WorkersOf {
  readonly count: number;
  /** Variables of a worker; the first one tells people what there is to know. */
  readonly variables: (isFirst: boolean) => Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

/** A worker ended before it served; its `code` is for the whole process, and it has said why. */
export class WorkerFailed extends Error {
  constructor(readonly code: number) {
    super('A worker ended before it served.');
  }
}

/** Processes that serve on one port (node:cluster). One that dies is followed by another; a restart takes one after the other. */
export class Workers {
  private readonly serving = new Set<Worker>();
  private readonly ending = new WeakSet<Worker>();
  private readonly deaths: number[] = [];
  private restarting: Promise<void> | undefined;
  private isStopping = false;

  constructor(private readonly of: WorkersOf) {}

  /** The first one alone: it brings the schema up to date and makes the first user. Throws {@link WorkerFailed}. */
  async start(): Promise<void> {
    await this.add(true);
    await Promise.all(Array.from({ length: this.of.count - 1 }, () => this.add()));
  }

  /** Workers that serve. */
  get size(): number {
    return this.serving.size;
  }

  /** Each worker is followed by a new one, which serves before the old one ends; calls during a restart do nothing. */
  restart(): Promise<void> {
    this.restarting ??= this.restartAll().finally(() => (this.restarting = undefined));
    return this.restarting;
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    const all = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    await Promise.all(all.map((worker) => this.end(worker)));
  }

  private async restartAll(): Promise<void> {
    const before = [...this.serving];
    for (const old of before) {
      if (this.isStopping) return;
      try {
        await this.add();
      } catch {
        this.of.say('The restart ends here: a new worker did not come up. The others go on as they were.');
        return;
      }
      await this.end(old);
    }
  }

  private async add(isFirst = false): Promise<void> {
    const worker = cluster.fork(this.of.variables(isFirst));
    worker.on('exit', (code: number | null, signal: string | null) => this.ended(worker, signal ?? `code ${code}`));
    const giveUp = new AbortController();
    const { signal } = giveUp;
    try {
      const end = Promise.race([
        once(worker, 'exit', { signal }).then(([code]: readonly (number | null)[]) => code ?? 1),
        sleep(startPatience, 1, { signal }),
      ]);
      const code = await Promise.race([served(worker, signal).then(() => undefined), end]);
      if (code === undefined) return void this.serving.add(worker);
      worker.process.kill('SIGKILL');
      throw new WorkerFailed(code);
    } finally {
      giveUp.abort();
    }
  }

  private ended(worker: Worker, how: string): void {
    const hasServed = this.serving.delete(worker);
    if (this.isStopping || this.ending.has(worker) || !hasServed) return;
    const pause = this.pause();
    this.of.say(`Worker ${worker.process.pid} ended (${how}). Another one begins in ${pause / 1000} s.`);
    void this.replace(pause);
  }

  private async replace(pause: number): Promise<void> {
    await sleep(pause, undefined, { ref: false });
    if (this.isStopping) return;
    // One that does not come up is tried again, more and more seldom.
    await this.add().catch(() => this.replace(this.pause()));
  }

  private pause(): number {
    const now = Date.now();
    this.deaths.push(now);
    while (this.deaths[0]! < now - minute) this.deaths.shift();
    return Math.min(longestPause, firstPause * 2 ** (this.deaths.length - 1));
  }

  private async end(worker: Worker): Promise<void> {
    this.ending.add(worker);
    if (worker.isDead()) return;
    const gone = once(worker, 'exit');
    worker.process.kill('SIGTERM');
    const patience = sleep(stopPatience, 'late', { ref: false });
    if ((await Promise.race([gone, patience])) === 'late') worker.process.kill('SIGKILL');
    await gone;
  }
}

async function served(worker: Worker, signal: AbortSignal): Promise<void> {
  for (;;) {
    const [message] = (await once(worker, 'message', { signal })) as readonly unknown[];
    if ((message as { readonly type?: string } | undefined)?.type === ready) return;
  }
}
