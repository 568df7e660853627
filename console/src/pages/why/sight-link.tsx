import { Button } from '@mantine/core';
import { Link } from 'react-router';
import type { AskedToken } from './others-access.js';

/** What a question about a record begins with. */
export type SightAsked = Partial<AskedToken & { readonly patient: string }>;

/** To the question what somebody would see of a patient; whom it is about stays out of the address. */
export const SightLink = ({ about, text }: { readonly about: SightAsked; readonly text: string }) => (
  <Button component={Link} to="/why" state={{ sight: about }} variant="default">
    {text}
  </Button>
);
