/** Failure of a command: lines for the person at the terminal. */
export class CommandFailed extends Error {
  constructor(
    readonly lines: readonly string[],
    readonly exitCode: number = 1,
  ) {
    super(lines.join('\n'));
  }
}

/** The command itself was written wrong: exit code 2. */
export const wrongUsage = (...lines: readonly string[]): CommandFailed => new CommandFailed(lines, 2);
