import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ImportFailure } from '../../fhir/operations/importing/importer.js';
import { operationOutcome } from '../../r4/errors/operation-outcome.js';
import { CommandFailed } from '../command-failed.js';
import { counted } from '../counted.js';

/** Failures that are shown where no file takes them. */
const mostShown = 20;

/** Failures of an import. With a file, each is written there at once; without one, the first 20 are kept for the terminal. */
export class ImportFailures {
  private count = 0;
  private readonly shown: string[] = [];

  private constructor(
    private readonly path?: string,
    private readonly file?: FileHandle,
  ) {}

  /** The file is empty from now on: one that cannot be written is known before anything is stored, and one of an earlier import says nothing of this one. */
  static async in(path: string | undefined): Promise<ImportFailures> {
    return new ImportFailures(path, path === undefined ? undefined : await open(path, 'w'));
  }

  /** True for the file of the failures, which is nothing to import. */
  isAt(path: string): boolean {
    return this.path !== undefined && resolve(this.path) === resolve(path);
  }

  async add(failures: readonly ImportFailure[]): Promise<void> {
    this.count += failures.length;
    if (this.file) await this.file.writeFile(failures.map(outcomeOf).join(''));
    else this.shown.push(...failures.slice(0, mostShown - this.shown.length).map(told));
  }

  close(): Promise<void> {
    return this.file?.close() ?? Promise.resolve();
  }

  /** Throws {@link CommandFailed} if there are any. */
  throwIfAny(): void {
    if (this.count === 0) return;
    const all = counted(this.count, 'failure');
    if (this.path !== undefined) throw new CommandFailed([`${all}: ${this.path} says what was not stored.`]);
    const more = this.count - this.shown.length;
    const hint = more > 0 ? [`${more} more; --errors FILE writes all of them.`] : [];
    throw new CommandFailed([...this.shown, ...hint, `${all}: what is named was not stored.`]);
  }
}

const outcomeOf = ({ place, issues }: ImportFailure): string =>
  `${JSON.stringify(operationOutcome(issues.map((issue) => ({ ...issue, location: [place] }))))}\n`;

const told = ({ place, issues }: ImportFailure): string =>
  `${place}: ${issues.map(({ diagnostics, details }) => [details?.text, diagnostics].filter((text) => text !== undefined).join(' ')).join(' ')}`;
