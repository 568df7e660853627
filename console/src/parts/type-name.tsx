import { Fragment } from 'react';

/** Name of a type of resources: where it has to break, it breaks between its words. */
export const TypeName = ({ type }: { readonly type: string }) =>
  type.split(/(?<=[a-z])(?=[A-Z])/).map((word, at) => (
    // Words do not change their order.
    <Fragment key={at}>
      {at > 0 && <wbr />}
      {word}
    </Fragment>
  ));
