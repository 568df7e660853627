import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hashOpaque } from '../../auth/hash-opaque.js';
import type { JsonObject } from '../../r4/json/json.js';
import { OauthLaunchRepository } from '../storage/oauth-launch.repository.js';
import { Launches, type Launch } from './launch-context.js';

/** The browser goes from the EHR to the app to us at once; a person may log in on the way. */
const ttlSeconds = 600;

/** Prepared launches in the database, known by their hash. */
@Injectable()
export class OauthLaunches extends Launches {
  constructor(private readonly stored: OauthLaunchRepository) {
    super();
  }

  override async create({ clientId, user, context }: Launch): Promise<string> {
    const value = randomBytes(32).toString('base64url');
    await this.stored.insert(
      hashOpaque(value),
      { clientId, account: user, context: context as JsonObject },
      ttlSeconds,
    );
    return value;
  }

  override async find(value: string, clientId: string): Promise<Launch | undefined> {
    const row = await this.stored.findUnused(hashOpaque(value), clientId);
    return row && { clientId: row.clientId, user: row.account, context: row.context };
  }

  override consume(value: string): Promise<boolean> {
    return this.stored.use(hashOpaque(value));
  }
}
