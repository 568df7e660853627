import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../../scope/request-context.js';
import type { Records } from '../../extensions/records.js';
import { AuditLog } from '../../storage/audit/audit-log.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import { CreateInteraction } from '../create.interaction.js';
import { DeleteInteraction } from '../delete.interaction.js';
import { PatchInteraction } from '../patch.interaction.js';
import { ReadInteraction } from '../read.interaction.js';
import { SearchInteraction } from '../search/search.interaction.js';
import { UpdateInteraction } from '../update.interaction.js';
import { CallerRecords } from './caller-records.js';
import type { RecordsOwner, RecordWays } from './record-ways.js';

/** Makes the {@link Records} of code. */
@Injectable()
export class RecordsInteraction implements RecordWays {
  constructor(
    readonly resources: ResourceRepository,
    readonly reading: ReadInteraction,
    readonly searching: SearchInteraction,
    readonly creating: CreateInteraction,
    readonly updating: UpdateInteraction,
    readonly patching: PatchInteraction,
    readonly deleting: DeleteInteraction,
    readonly log: AuditLog,
  ) {}

  /** Records under a context; inside a transaction, `tx` is its repository. */
  of(context: RequestContext, owner: RecordsOwner, tx?: ResourceRepository): Records {
    return new CallerRecords(this, context, owner, tx);
  }
}
