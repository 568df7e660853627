import { CommandFault } from './command-fault.js';

/** First line of the file of a tenant: what it is of. */
export interface FileHeader {
  readonly lanyard: 'tenant';
  /** Of the server that made it. */
  readonly version: string;
  /** Names of the migrations of its schema. */
  readonly migrations: readonly string[];
  readonly name: string;
  readonly fhirBase: string;
  readonly issuer: string;
}

/** Before the rows of a table, which follow as COPY has them, until a line `\.`. */
export interface TableLine {
  readonly table: string;
  readonly columns: readonly string[];
}

/** Last line: without it the file was cut off. */
export interface EndLine {
  readonly rows: number;
}

/** Ends the rows of a table; no row looks so. */
export const endOfRows = String.raw`\.`;

/** Table of the secrets of a server, whose names have the tenant before them; in the file they do not. */
export const secretTable = 'server_secret';

/** Table of the processes of a server, which mean nothing elsewhere; in the file they are not. */
export const processTable = 'server_process';

const newline = 0x0a;

/** The lines of what arrives, without their ends; no more than the longest one is in memory. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  let begun: Buffer[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, end)]);
      begun = [];
      from = end + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
  }
  if (begun.length > 0) yield Buffer.concat(begun);
  return undefined;
}

/** Reads the lines of the file that are JSON; throws for what is none. */
export function readJsonLine(line: Buffer | undefined, path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line?.toString('utf8') ?? '');
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // It is told as any other mistake.
  }
  throw new CommandFault(`${path} is no file of a tenant, or damaged. Make it with: lanyard tenant export NAME FILE`);
}

/** Throws for a file that another schema cannot take in. */
export function requireHeader(
  line: Readonly<Record<string, unknown>>,
  path: string,
  migrations: readonly string[],
): FileHeader {
  if (line['lanyard'] !== 'tenant' || !Array.isArray(line['migrations']))
    throw new CommandFault(`${path} is no file of a tenant. Make one with: lanyard tenant export NAME FILE`);
  const header = line as unknown as FileHeader;
  const differing = [
    ...header.migrations.filter((one) => !migrations.includes(one)).map((one) => `this database lacks ${one}`),
    ...migrations.filter((one) => !header.migrations.includes(one)).map((one) => `it lacks ${one}`),
  ];
  if (differing.length === 0) return header;
  const more = differing.length > 1 ? `, and ${differing.length - 1} more` : '';
  throw new CommandFault(
    `${path} was made by release ${header.version} with another schema: ${differing[0]}${more}. ` +
      'Bring both servers to one release and the same extensions with "lanyard migrate", then export again.',
  );
}
