import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { LoginSessionEntity } from './login-session.entity.js';
import { LoginThrottleEntity } from './login-throttle.entity.js';
import { PasswordLinkEntity } from './password-link.entity.js';
import { RefreshTokenEntity } from './refresh-token.entity.js';
import { RevocationEntity } from './revocation.entity.js';
import { SigningKeyEntity } from './signing-key.entity.js';
import { isAnHourOld } from '../../database/database-time.js';
import { currentTenant } from '../../database/tenant.js';

const expiring = [RevocationEntity, RefreshTokenEntity, LoginSessionEntity, LoginThrottleEntity, PasswordLinkEntity];

@Injectable()
export class ExpiredRowsRepository {
  constructor(private readonly dataSource: DataSource) {}

  async purge(): Promise<void> {
    const { manager } = this.dataSource;
    for (const entity of expiring) await manager.delete(entity, { tenant: currentTenant(), expiresAt: isAnHourOld() });
    await manager.delete(SigningKeyEntity, { tenant: currentTenant(), retiresAt: isAnHourOld() });
  }
}
