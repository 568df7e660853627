import type { SaxesTagNS } from 'saxes';

/** An element whose content is being read. */
export interface Place {
  /** Its part of the FHIRPath, such as `.name[0]`. */
  readonly segment: string;
  /** A child begins; what is returned reads its content. */
  open(tag: SaxesTagNS): Place;
  text(text: string): void;
  close(tag: SaxesTagNS): void;
}
