import { hash } from 'node:crypto';

/** Each connection keeps what it has prepared: texts beyond so many, or so many characters of them, are planned each time. */
const mostNames = 200;
const mostText = 100_000;

/** Names of texts that are kept for as long as the process runs. */
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
const names = { server: new Names(), clients: new Names() };

/**
 * The name that a text is prepared under, made of the text: behind a pooler that does not know of prepared statements, a name
 * may meet one that another server has prepared, which is the same statement then. Undefined: it is not worth a name.
 */
export const preparedName = (text: string, chosenBy: keyof typeof names): string | undefined =>
  names[chosenBy].of(text);
