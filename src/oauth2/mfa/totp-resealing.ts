import { Inject, Injectable } from '@nestjs/common';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../auth/accounts/local-auth.options.js';
import { Resealing, type SealedText } from '../../auth/keys/resealing.js';
import { MfaRepository } from '../storage/mfa.repository.js';
import { totpSeal } from './totp-seal.js';

/** Of the secrets of authenticator apps of all accounts. */
@Injectable()
export class TotpResealing extends Resealing<SealedText> {
  constructor(stored: MfaRepository, @Inject(LOCAL_AUTH_OPTIONS) { keySecrets }: LocalAuthOptions) {
    super(
      totpSeal,
      {
        all: async () =>
          (await stored.totpSecrets()).map(({ accountId: owner, secret }) => ({ owner, stored: secret })),
        replace: ({ owner, stored: before }, after) => stored.resealTotp(owner, before, after),
      },
      keySecrets,
    );
  }
}
