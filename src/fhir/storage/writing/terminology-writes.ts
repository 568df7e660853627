const types: ReadonlySet<string> = new Set(['ValueSet', 'CodeSystem']);

/** Counts writes of value sets and code systems by this process, so that what was read before them is not kept. */
export class TerminologyWrites {
  count = 0;

  /** Runs a write; `of`: what it changed, known at its end. An error counts too: the commit may have come through. */
  async during<T>(of: () => Iterable<{ readonly type: string }>, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      for (const { type } of of()) if (types.has(type)) this.count++;
    }
  }
}
