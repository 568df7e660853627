import { hash } from 'node:crypto';
import type { Pool } from 'pg';

/** Each connection keeps what it has prepared: texts beyond so many, or so many characters of them, are planned each time. */
const mostNames = 200;
const mostText = 100_000;

/** Names of texts that are kept for as long as their pool is. */
class Names {
  private readonly known = new Map<string, string>();
  private length = 0;

  of(text: string): string | undefined {
    const known = this.known.get(text);
    if (known !== undefined || this.known.size >= mostNames || this.length + text.length > mostText) return known;
    const name = `lanyard-${hash('sha256', text, 'hex').slice(0, 32)}`;
    this.known.set(text, name);
    this.length += text.length;
    return name;
  }
}

/** Clients choose the shapes of searches: however many they are, there is room for the statements of everything else. */
class PoolNames {
  readonly server = new Names();
  readonly clients = new Names();
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
