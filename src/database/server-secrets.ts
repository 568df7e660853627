import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { currentTenant, defaultTenant } from './tenant.js';
import { ServerSecretEntity } from './server-secret.entity.js';

/** Random secrets that are made once for each tenant and shared by every server of the database, such as the key that seals cursors. */
@Injectable()
export class ServerSecrets {
  constructor(@InjectRepository(ServerSecretEntity) private readonly rows: Repository<ServerSecretEntity>) {}

  /** The 32 bytes of this name. Of several servers that ask for a new one at once, all get the same. */
  async get(purpose: string): Promise<Buffer> {
    const name = nameOf(purpose);
    await this.rows
      .createQueryBuilder()
      .insert()
      .values({ name, value: randomBytes(32) })
      .orIgnore()
      .execute();
    const row = await this.rows.findOneBy({ name });
    if (row === null) throw new Error(`The secret ${name} was removed while it was read.`);
    // Small buffers of the driver are slices of 8 kB, which would be kept with it.
    const secret = Buffer.alloc(row.value.length);
    row.value.copy(secret);
    return secret;
  }
}

/** Servers of 0.1.0 insert by the name alone, which therefore is the key, and has the tenant in it. */
const nameOf = (purpose: string): string =>
  currentTenant() === defaultTenant ? purpose : `${currentTenant()}/${purpose}`;
