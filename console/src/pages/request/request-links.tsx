import { Anchor, Group } from '@mantine/core';
import { NavLink } from 'react-router';
import { useMessages } from '../../messages/messages.js';

/** The ways between the panels for requests. */
export function RequestLinks() {
  const t = useMessages();
  return (
    <Group component="nav" aria-label={t('request.title')} gap="md">
      <Anchor component={NavLink} to="/request" end>
        {t('request.any')}
      </Anchor>
      <Anchor component={NavLink} to="/request/graphql">
        {t('graphql.title')}
      </Anchor>
    </Group>
  );
}
