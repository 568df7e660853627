import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import { useMessages } from '../messages/messages.js';

/** To "Why?" with a request line, which stays out of the address. */
export function WhyLink({ request }: { readonly request: string }) {
  const t = useMessages();
  return (
    <Anchor component={Link} to="/why" state={{ request }} size="sm" c="inherit" underline="always">
      {t('failure.why')}
    </Anchor>
  );
}
