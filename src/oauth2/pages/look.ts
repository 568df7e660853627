import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';
import { tongueFor, type Tongue } from '../words/languages.js';

/** How a page looks to this user: the language, and whose server it is. */
export interface Look extends Tongue {
  /** Name of the server, as its users know it. */
  readonly host: string;
}

/** Finds the look of a page, for each request. */
@Injectable()
export class PageLooks {
  constructor(@Inject(OAUTH2_OPTIONS) private readonly options: Pick<Oauth2Options, 'issuer'>) {}

  /** `uiLocales`: what the app asked for. */
  for({ 'accept-language': accepted }: IncomingHttpHeaders, uiLocales?: string): Look {
    return { ...tongueFor(accepted, uiLocales), host: new URL(this.options.issuer).host };
  }
}
