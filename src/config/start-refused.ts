/** Why the server does not start: lines for the person at the terminal. No stack belongs to them. */
export class StartRefused extends Error {
  readonly lines: readonly string[];

  constructor(...lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = new.target.name;
    this.lines = lines;
  }
}
