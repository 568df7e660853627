import type { AuditLog } from '../../storage/audit/audit-log.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import type { CreateInteraction } from '../create.interaction.js';
import type { DeleteInteraction } from '../delete.interaction.js';
import type { PatchInteraction } from '../patch.interaction.js';
import type { ReadInteraction } from '../read.interaction.js';
import type { SearchInteraction } from '../search/search.interaction.js';
import type { UpdateInteraction } from '../update.interaction.js';

/** The interactions that records go through. */
export interface RecordWays {
  readonly resources: ResourceRepository;
  readonly reading: ReadInteraction;
  readonly searching: SearchInteraction;
  readonly creating: CreateInteraction;
  readonly updating: UpdateInteraction;
  readonly patching: PatchInteraction;
  readonly deleting: DeleteInteraction;
  readonly log: AuditLog;
}

/** Code that records are handed to. */
export interface RecordsOwner {
  /** Name for logs and AuditEvents, such as `$hello`. */
  readonly name: string;
  /** Why it may act as the server itself, as it declares; absent: it may not. */
  readonly system?: string | undefined;
}
