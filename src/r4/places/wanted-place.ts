/** An element whose place in a text is looked for, and the wanted elements in it. */
export class WantedPlace {
  readonly properties = new Map<string, WantedPlace>();
  readonly items = new Map<number, WantedPlace>();
  /** -1: not found yet. */
  offset = -1;
  /** How well the name found fits the wanted one. */
  private rank = 0;

  /** Steps of simple FHIRPath without its root, such as `.name[0].given`; returns the elements on the way, the root first. */
  add(path: string): readonly WantedPlace[] {
    const way: WantedPlace[] = [this];
    for (const [, name, index] of path.matchAll(/\.?([^.[\]]+)|\[(\d+)\]/g)) {
      const { properties, items } = way.at(-1)!;
      way.push(name === undefined ? child(items, Number(index)) : child(properties, name));
    }
    return way;
  }

  found(offset: number, rank: number): void {
    if (rank <= this.rank) return;
    this.rank = rank;
    this.offset = offset;
  }
}

function child<K>(children: Map<K, WantedPlace>, key: K): WantedPlace {
  const known = children.get(key) ?? new WantedPlace();
  children.set(key, known);
  return known;
}

/** A wanted element that the reader stands at. */
export interface Visit {
  readonly wanted: WantedPlace;
  readonly rank: number;
}

export const bestRank = 4;

/** The wanted elements that a property of this name is; `value` is also written `valueQuantity`, and has a sibling `_value` in JSON. */
export function propertyVisits(visits: readonly Visit[], name: string): readonly Visit[] {
  const found: Visit[] = [];
  for (const { wanted, rank } of visits) {
    for (const [property, one] of wanted.properties) {
      const own = rankOf(name, property);
      if (own > 0) found.push({ wanted: one, rank: Math.min(rank, own) });
    }
  }
  return found;
}

const capital = /^[A-Z]/;

function rankOf(name: string, wanted: string): number {
  if (name === wanted) return bestRank;
  const isSibling = name.startsWith('_');
  const plain = isSibling ? name.slice(1) : name;
  if (isSibling && plain === wanted) return 2;
  if (!plain.startsWith(wanted) || !capital.test(plain.slice(wanted.length))) return 0;
  return isSibling ? 1 : 3;
}

/** The wanted elements that item `index` of a list is. */
export const itemVisits = (visits: readonly Visit[], index: number): readonly Visit[] =>
  visits.flatMap(({ wanted, rank }) => {
    const one = wanted.items.get(index);
    return one ? [{ wanted: one, rank }] : [];
  });
