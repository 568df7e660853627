import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { OauthArtifactEntity } from './entities/oauth-artifact.entity.js';
import { OauthGrantEntity } from './entities/oauth-grant.entity.js';
import { OauthLaunchEntity } from './entities/oauth-launch.entity.js';
import { isAnHourOld } from '../../database/database-time.js';
import { currentTenant } from '../../database/tenant.js';

@Injectable()
export class ExpiredOauthRepository {
  constructor(private readonly dataSource: DataSource) {}

  async purge(): Promise<void> {
    for (const entity of [OauthArtifactEntity, OauthGrantEntity, OauthLaunchEntity])
      await this.dataSource.manager.delete(entity, { tenant: currentTenant(), expiresAt: isAnHourOld() });
  }
}
