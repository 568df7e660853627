import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work after which other requests get their turn. */
const longestTurn = 10;

/** Long work of one request, done in turns: between two of its steps others are served when a turn took long enough. */
export class Turns {
  #began = performance.now();

  get isOver(): boolean {
    return performance.now() - this.#began >= longestTurn;
  }

  /** Undefined while the turn lasts, so that short work never waits. */
  next(): Promise<void> | undefined {
    return this.isOver ? this.#giveWay() : undefined;
  }

  async #giveWay(): Promise<void> {
    await setImmediate();
    this.#began = performance.now();
  }
}

/** What `make` makes of each item, in turns with other requests. */
export async function inTurns<T, R>(items: readonly T[], make: (item: T) => R): Promise<R[]> {
  const [made, turns]: [R[], Turns] = [[], new Turns()];
  for (const item of items) {
    if (turns.isOver) await turns.next();
    made.push(make(item));
  }
  return made;
}
