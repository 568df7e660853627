import { InvalidPackage } from './invalid-package.js';

/** Bounds of an unpacked package: LOINC and VSAC have less, and a bomb is refused before it has taken anything. */
export const unpackLimits = {
  /** Of all files together. */
  bytes: 2 * 1024 ** 3,
  files: 200_000,
  /** Of one definition, which is parsed at once. */
  documentBytes: 32 * 1024 ** 2,
  /** Unpacked bytes for one packed byte; JSON of guides has 10 to 30. */
  ratio: 150,
  /** Before the ratio tells anything. */
  ratioFrom: 64 * 1024 ** 2,
} as const;

export type UnpackLimits = Readonly<Record<keyof typeof unpackLimits, number>>;

/** Counts what a package unpacks to; throws {@link InvalidPackage} for more than it may have. */
export class UnpackMeter {
  private bytes = 0;
  private files = 0;

  constructor(
    readonly given: string,
    readonly limits: UnpackLimits = unpackLimits,
  ) {}

  /** `packed`: bytes that these came from so far. */
  take(unpacked: number, packed?: number): void {
    this.bytes += unpacked;
    const { bytes, ratio, ratioFrom } = this.limits;
    if (this.bytes > bytes) this.refuse(`unpacks to more than ${megabytes(bytes)}`);
    if (packed !== undefined && this.bytes > ratioFrom && this.bytes > packed * ratio)
      this.refuse(`unpacks to more than ${ratio} times its size, as no guide does`);
  }

  file(): void {
    this.files++;
    if (this.files > this.limits.files) this.refuse(`has more than ${this.limits.files} files`);
  }

  /** Before it is kept in memory. */
  document(path: string, bytes: number): void {
    const { documentBytes } = this.limits;
    if (bytes > documentBytes) this.refuse(`has a definition of more than ${megabytes(documentBytes)}: ${path}`);
  }

  refuse(fact: string): never {
    throw new InvalidPackage(this.given, `${fact}. Get the package from its publisher again; nothing was installed.`);
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MB`;
