import type { Answer } from '../../support/server.js';

/** What an answer, or an entry of one, says of one write. */
export interface Told {
  readonly status: number;
  readonly location: string | undefined;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly resource: Resource | undefined;
  /** The body, or that of the whole Bundle. */
  readonly text: string;
}

export interface Resource {
  readonly resourceType: string;
  readonly id: string;
  readonly meta: { readonly lastUpdated: string };
}

/** Of a batch, a transaction, a history or a search. */
export interface Entry {
  readonly fullUrl: string;
  readonly resource?: Resource;
  readonly request: { readonly method: string; readonly url: string };
  readonly response: {
    readonly status: string;
    readonly location?: string;
    readonly etag?: string;
    readonly lastModified?: string;
  };
}

export const entriesOf = ({ body }: Answer): readonly Entry[] => (body.entry ?? []) as readonly Entry[];

export const toldAlone = ({ status, headers, text, body }: Answer): Told => ({
  status,
  location: headers['location'],
  etag: headers['etag'],
  lastModified: headers['last-modified'],
  resource: text === '' ? undefined : (body as Resource),
  text,
});

export const toldByEntry = ({ response, resource }: Entry, text: string): Told => ({
  status: Number(response.status.slice(0, 3)),
  location: response.location,
  etag: response.etag,
  lastModified: response.lastModified,
  resource,
  text,
});

/** `Type/id` of a location. */
export const keyOf = (location: string | undefined): string | undefined =>
  /([A-Z]\w+\/[\w.-]+)\/_history\/\d+$/i.exec(location ?? '')?.[1];
