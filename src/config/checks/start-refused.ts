/** The server does not start: lines for the person at the terminal, without a stack. */
export class StartRefused extends Error {
  readonly lines: readonly string[];

  constructor(...lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = new.target.name;
    this.lines = lines;
  }
}
