/** Milliseconds of work after which other requests get their turn. */
const longestTurn = 5;
/** Work that is shorter does not wait for long work of others. */
const shortWork = 1;

/**
 * One round of the event loop has time for one turn, whoever takes it: were each of ten requests to take its own, everybody else
 * would wait for all ten. Who waits is served in the order in which they came, one in each round.
 */
const round = {
  began: undefined as number | undefined,
  waiting: [] as (() => void)[],

  begin(now: number): void {
    if (this.began !== undefined) return;
    this.began = now;
    setImmediate(() => this.end());
  },

  end(): void {
    this.began = undefined;
    const next = this.waiting.shift();
    if (!next) return;
    this.begin(performance.now());
    next();
  },
};

/** Long work of one request, done in turns: between two of its steps others are served when a turn took long enough. */
export class Turns {
  #began = performance.now();

  get isOver(): boolean {
    const now = performance.now();
    round.begin(now);
    return now - round.began! >= longestTurn && now - this.#began >= shortWork;
  }

  /** Undefined while the turn lasts, so that short work never waits. */
  next(): Promise<void> | undefined {
    return this.isOver ? this.#giveWay() : undefined;
  }

  async #giveWay(): Promise<void> {
    await new Promise<void>((resolve) => round.waiting.push(resolve));
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
