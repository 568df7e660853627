import { createInterface } from 'node:readline/promises';
import { CommandFailed } from './command-failed.js';
import { remark } from './terminal.js';

/** Asks a person to type the name of what is erased. Throws where that is not typed, as where nobody is there to type it. */
export async function confirm(
  name: string,
  { loss, question }: { readonly loss: string; readonly question: string },
): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    remark(loss);
    const typed = await Promise.race([
      terminal.question(question),
      new Promise<string>((resolve) => terminal.once('close', () => resolve(''))),
    ]);
    if (typed.trim() !== name)
      throw new CommandFailed([`That is not "${name}": nothing was erased. --yes does not ask.`]);
  } finally {
    terminal.close();
  }
}
