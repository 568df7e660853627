import type { Interaction } from '../r4/rest/interaction.js';
import type { Principal } from '../auth/principal.js';
import type { PurposeOfUse } from './consent/purpose-of-use.js';

/** Facts about one request that the audit needs beside the rows it reaches. */
export interface AuditedRequest {
  readonly requestId: string;
  readonly method: string;
  /** Address of the client. */
  readonly address: string;
  readonly principal: Principal;
  readonly interaction: Interaction;
}

/** Acts of server code beyond the rights of the caller. */
export interface ServerUse {
  readonly name: string;
  readonly details: readonly (readonly [name: string, value: string])[];
}

/** One version of a resource. */
export interface TouchedVersion {
  readonly type: string;
  readonly id: string;
  readonly versionId: number;
}

/** The rows that left storage for one request, each once. Every {@link Access} of the request writes into it. */
export class AccessTrail {
  private disclosed = new Set<string>();
  /** True if a write has recorded the request already, in its own transaction. */
  isRecorded = false;
  /** Purpose of the request, as the caller states it. */
  purpose: PurposeOfUse | undefined;
  /** `batch` or `transaction`, once the body is read. */
  bundle?: string;
  /** Operations that its entries call, such as `$hello`. */
  readonly operations = new Set<string>();
  /** The criteria that a search brought in its body. */
  form?: string;

  /** Code that acts as the server itself on behalf of the request, and why. */
  asServer?: ServerUse;

  /** An erasure: whom it is about, and what went. Its deletions are not named one by one. */
  erasure?: { readonly patients: readonly string[]; readonly object: ServerUse };

  constructor(readonly request: AuditedRequest) {}

  disclose(version: TouchedVersion): void {
    this.disclosed.add(versionKey(version));
  }

  /** Adds what another trail disclosed for the same answer. */
  take({ disclosed }: AccessTrail): void {
    for (const version of disclosed) this.disclosed.add(version);
  }

  /** `Type/id/version` of disclosures that are not recorded yet. */
  get unrecorded(): readonly string[] {
    return [...this.disclosed];
  }

  /** Removes versions that are recorded; later disclosures are recorded later. */
  markRecorded(versions: readonly string[]): void {
    this.isRecorded = true;
    if (versions.length === this.disclosed.size) this.disclosed = new Set();
    else for (const version of versions) this.disclosed.delete(version);
  }
}

export const versionKey = ({ type, id, versionId }: TouchedVersion): string => `${type}/${id}/${versionId}`;
