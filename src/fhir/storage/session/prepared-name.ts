import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';

/** Each connection keeps what it has prepared: texts beyond so many, or so many characters of them, are planned each time. */
const mostNames = 200;
const mostText = 100_000;
/** Of texts without a name so many characters are remembered, the last that were asked for. */
const mostSeenText = 400_000;

/** Names of texts that are kept for as long as their pool is. A text gets its name when it comes for the `sights`-th time. */
class Names {
  private readonly known = new Map<string, string>();
  private length = 0;
  /** How often those without one came. */
  private readonly seen = new LRUCache<string, number>({
    maxSize: mostSeenText,
    sizeCalculation: (_times, text) => text.length,
  });

  constructor(private readonly sights: number) {}

  of(text: string): string | undefined {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const hasRoom = this.known.size < mostNames && this.length + text.length <= mostText;
    return hasRoom && this.isUsual(text) ? this.give(text) : undefined;
  }

  private give(text: string): string {
    const name = `lanyard-${hash('sha256', text, 'hex').slice(0, 32)}`;
    this.known.set(text, name);
    this.length += text.length;
    return name;
  }

  private isUsual(text: string): boolean {
    const times = (this.seen.get(text) ?? 0) + 1;
    if (times < this.sights) this.seen.set(text, times);
    else this.seen.delete(text);
    return times >= this.sights;
  }
}

/**
 * Clients choose the shapes of searches: however many they are, there is room for the statements of everything else; and a shape that is
 * asked for once or twice takes no name from those that come again.
 */
class PoolNames {
  readonly server = new Names(1);
  readonly clients = new Names(3);
}

const namesOf = new WeakMap<Pool, PoolNames>();

/**
 * The name that a text is prepared under on the connections of a pool, made of the text: behind a pooler that does not know of prepared
 * statements, a name may meet one that another server has prepared, which is the same statement then. Undefined: it is not worth a name.
 */
export function preparedName(pool: Pool, text: string, chosenBy: keyof PoolNames): string | undefined {
  let names = namesOf.get(pool);
  if (!names) namesOf.set(pool, (names = new PoolNames()));
  return names[chosenBy].of(text);
}
