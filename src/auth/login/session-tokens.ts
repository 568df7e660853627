import { createHmac, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ServerSecrets } from '../../database/server-secrets.js';

const tokenPrefix = 'lanyard_rt_';

/** Refresh tokens. The successor is derived, so that a repeated request gets the same one and none has to be stored. */
@Injectable()
export class RefreshTokens {
  private key: Buffer | undefined;

  constructor(private readonly secrets: ServerSecrets) {}

  generate(): string {
    return tokenPrefix + randomBytes(32).toString('base64url');
  }

  async successorOf(token: string): Promise<string> {
    this.key ??= await this.secrets.get('refresh-token');
    return tokenPrefix + createHmac('sha256', this.key).update(token).digest('base64url');
  }
}

export const isRefreshToken = (text: string): boolean => text.startsWith(tokenPrefix);
