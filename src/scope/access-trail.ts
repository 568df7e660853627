import type { Interaction } from '../r4/rest/interaction.js';
import type { Principal } from '../auth/principal.js';
import type { PurposeOfUse } from './consent/purpose-of-use.js';

/** What the audit needs to know of one request beside the rows that it reaches. */
export interface AuditedRequest {
  readonly requestId: string;
  readonly method: string;
  /** Address of the client. */
  readonly address: string;
  readonly principal: Principal;
  readonly interaction: Interaction;
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
  /** Whether a write has told of the request already, in its own transaction. */
  isToldOf = false;
  /** What the caller says the request is for. */
  purpose: PurposeOfUse | undefined;
  /** `batch` or `transaction`, once the body is read. */
  bundle?: string;
  /** The criteria that a search brought in its body. */
  form?: string;

  constructor(readonly request: AuditedRequest) {}

  disclose(version: TouchedVersion): void {
    this.disclosed.add(versionKey(version));
  }

  /** What was disclosed on the way of another trail to the same answer. */
  take({ disclosed }: AccessTrail): void {
    for (const version of disclosed) this.disclosed.add(version);
  }

  /** `Type/id/version` of what was disclosed and not told of yet. */
  get untold(): readonly string[] {
    return [...this.disclosed];
  }

  /** What comes later is told of later. */
  told(versions: readonly string[]): void {
    this.isToldOf = true;
    if (versions.length === this.disclosed.size) this.disclosed = new Set();
    else for (const version of versions) this.disclosed.delete(version);
  }
}

export const versionKey = ({ type, id, versionId }: TouchedVersion): string => `${type}/${id}/${versionId}`;
