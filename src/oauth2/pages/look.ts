import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';
import { tongueFor, type Tongue } from '../words/languages.js';

/** How a page looks to this user: the language, and whose server it is. */
export interface Look extends Tongue {
  /** Name of the server, as its users know it. */
  readonly host: string;
  readonly organisation?: ShownOrganisation;
}

/** The name, logo and colours of an organisation on a page. */
export interface ShownOrganisation {
  readonly name?: string;
  /** Addresses of the picture and of the style sheet with the colour. */
  readonly logo?: string;
  readonly style?: string;
}

/** Finds the look of a page, for each request. */
@Injectable()
export class PageLooks {
  constructor(@Inject(OAUTH2_OPTIONS) private readonly options: Pick<Oauth2Options, 'issuer' | 'organisation'>) {}

  /** `uiLocales`: what the app asked for. */
  for({ 'accept-language': accepted }: IncomingHttpHeaders, uiLocales?: string): Look {
    const { issuer } = this.options;
    return { ...tongueFor(accepted, uiLocales), host: new URL(issuer).host, organisation: this.organisation(issuer) };
  }

  private organisation(issuer: string): ShownOrganisation {
    const { name, logo, colour } = this.options.organisation ?? {};
    return {
      ...(name !== undefined && { name }),
      ...(logo && { logo: `${issuer}/organisation/logo` }),
      ...(colour !== undefined && { style: `${issuer}/organisation/style.css` }),
    };
  }
}
