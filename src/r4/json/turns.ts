import { isTurnShared, OwnersInTurn, Rests, turnOwner } from './turn-shares.js';

/** Milliseconds of work after which other requests get their turn. */
const longestTurn = 5;
/** Where others than the owner of the work ask. */
const sharedTurn = 1;
/** Work that is shorter does not wait for long work of others. */
const shortWork = 1;
/** Milliseconds that an owner rests at most, after a step that could not be divided. */
const longestRest = 50;

/**
 * One round of the event loop has time for one turn, whoever takes it: were each of ten requests to take its own, everybody else
 * would wait for all ten. Who waits is served in the order in which they came, one in each round, and owners in turns; an owner rests
 * after its turn where others ask (docs/adr/0160).
 */
class Rounds {
  private began: number | undefined;
  /** The time until then is counted as somebody's work. */
  private counted = 0;
  /** Whose turn it is, until it gives way. */
  private worker: number | undefined;
  private readonly waiting = new OwnersInTurn<() => void>();
  private readonly rests = new Rests(longestRest, () => {
    if (this.began === undefined) this.goOn();
  });

  isOver(now: number): boolean {
    this.begin(now);
    const took = now - this.began!;
    if (took >= longestTurn) return true;
    if (took < sharedTurn && this.rests.size === 0) return false;
    const owner = turnOwner();
    return this.rests.has(owner) || (took >= sharedTurn && isTurnShared(owner));
  }

  giveWay(): Promise<void> {
    const [owner, now] = [turnOwner(), performance.now()];
    this.rests.begin(owner, now - this.counted);
    this.counted = now;
    if (this.worker === owner) this.worker = undefined;
    return new Promise((resolve) => this.waiting.add(owner, resolve));
  }

  private begin(now: number): void {
    if (this.began !== undefined) return;
    this.began = now;
    this.counted = now;
    setImmediate(() => this.end());
  }

  private end(): void {
    // It may wait for something else.
    if (this.worker !== undefined)
      this.rests.begin(this.worker, Math.min(performance.now() - this.counted, longestTurn));
    this.worker = undefined;
    this.began = undefined;
    this.goOn();
  }

  private goOn(): void {
    const next = this.waiting.take((owner) => !this.rests.has(owner));
    if (!next) return;
    this.begin(performance.now());
    this.worker = next.owner;
    next.one();
  }
}

const rounds = new Rounds();

/** Long work of one request, done in turns: between two of its steps others are served when a turn took long enough. */
export class Turns {
  #began = performance.now();

  get isOver(): boolean {
    const now = performance.now();
    return rounds.isOver(now) && now - this.#began >= shortWork;
  }

  /** Undefined while the turn lasts, so that short work never waits. */
  next(): Promise<void> | undefined {
    return this.isOver ? this.#giveWay() : undefined;
  }

  async #giveWay(): Promise<void> {
    await rounds.giveWay();
    this.#began = performance.now();
  }
}

/** Returns what `make` returns for each item; other requests get their turn in between. */
export async function inTurns<T, R>(items: readonly T[], make: (item: T) => R | Promise<R>): Promise<R[]> {
  const [made, turns]: [R[], Turns] = [[], new Turns()];
  for (const item of items) {
    if (turns.isOver) await turns.next();
    const one = make(item);
    made.push(one instanceof Promise ? await one : one);
  }
  return made;
}

/** Runs work that yields between its steps to its end; other requests get their turn in between. */
export async function stepsInTurns<R>(steps: Iterator<unknown, R>): Promise<R> {
  const turns = new Turns();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (turns.isOver) await turns.next();
  }
}
