import { Controller, Get, Header } from '@nestjs/common';
import type { PublicKey } from '../accounts/local-issuer.js';
import { Public } from '../public.decorator.js';
import { SigningKeys } from './signing-keys.js';

/** The public keys of the embedded issuer, https://www.rfc-editor.org/rfc/rfc7517#section-5 */
@Public()
@Controller()
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  @Get('jwks')
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=300')
  async publish(): Promise<{ readonly keys: readonly PublicKey[] }> {
    return { keys: await this.keys.published() };
  }
}
