/** After so many updates of a type that changed nothing another one is expected, and as many again make up for one that did. */
const enough = 2;
const most = 3;

/**
 * The types of which updates change nothing lately, as where a feed sends everything again. It says what is likely, and so which statement costs less;
 * what is stored and answered never depends on it.
 */
export class RepeatedTypes {
  private readonly counts = new Map<string, number>();

  isRepeated(type: string): boolean {
    return this.countOf(type) >= enough;
  }

  note(type: string, isUnchanged: boolean): void {
    const count = this.countOf(type);
    this.counts.set(type, isUnchanged ? Math.min(count + 1, most) : Math.max(count - 1, 0));
  }

  private countOf(type: string): number {
    return this.counts.get(type) ?? 0;
  }
}
