/** Names of all groups of shards together. */
const mostNames = 600;

/** Names that statements are prepared under on the connections to a node: one for each group of shards there. */
export class NamesByGroup {
  private readonly known = new Map<string, Set<string>>();
  private count = 0;

  /** The name of a statement of this name with the shards of a group; undefined where there are enough, so that it is planned each time. */
  of(statement: string, group: string): string | undefined {
    let names = this.known.get(group);
    if (!names) this.known.set(group, (names = new Set()));
    if (!names.has(statement)) {
      if (this.count >= mostNames) return undefined;
      names.add(statement);
      this.count++;
    }
    return `${statement}-${group}`;
  }

  /** Forgets the names of all other groups. */
  keep(groups: ReadonlySet<string>): void {
    for (const [group, names] of this.known) {
      if (groups.has(group)) continue;
      this.known.delete(group);
      this.count -= names.size;
    }
  }
}
