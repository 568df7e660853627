/** An installed FHIR package, as `/admin/packages` lists it. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
  readonly definitions: number;
  readonly installedAt: string;
  readonly installedBy: string;
  readonly dependencies: readonly string[];
  readonly problems: readonly { readonly fact: string }[];
}

export interface PackageList {
  readonly packages: readonly InstalledPackage[];
}

interface Unresolved {
  readonly count: number;
  readonly examples: readonly string[];
}

/** A resource that would become invalid, without its values. */
interface Example {
  /** Absent where the user may not read the resource. */
  readonly reference?: string;
  readonly findings: readonly { readonly code: string; readonly expression: string; readonly asked: string }[];
}

export interface ProfileVerdicts {
  readonly type: string;
  readonly profile: string;
  readonly checked: number;
  readonly becomeInvalid: number;
  readonly stayInvalid: number;
  readonly becomeValid: number;
  readonly examples: readonly Example[];
}

/** Changes that an installation would make, or has made. */
export interface PackagePlan {
  readonly package: string;
  readonly state: 'new' | 'installed' | 'other content';
  readonly definitions: number;
  readonly types: Readonly<Record<string, number>>;
  readonly replaced: readonly string[];
  readonly conflicts: readonly string[];
  readonly dependencies: readonly {
    readonly name: string;
    readonly version: string;
    readonly state: 'built in' | 'installed' | 'given' | 'missing';
  }[];
  readonly unresolved: Unresolved;
  readonly problems: readonly { readonly fact: string }[];
  /** Of a plan: a sample of stored resources that claim profiles. */
  readonly resources?: {
    readonly checked: number;
    /** Errors that suppression rules let pass. */
    readonly suppressed: number;
    readonly profiles: readonly ProfileVerdicts[];
  };
}

export const gzip = 'application/gzip';

/** True for the name of a file that is sent: whether it is a package, the server says. */
export const isArchive = (name: string): boolean => /\.(?:tgz|tar\.gz)$/i.test(name);
