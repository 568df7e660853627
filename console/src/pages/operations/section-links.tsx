import { Anchor, Group } from '@mantine/core';
import { NavLink } from 'react-router';
import { useRight } from '../../login/use-right.js';
import { useMessages } from '../../messages/messages.js';

/** The ways to the other pages about operations. */
export function SectionLinks() {
  const t = useMessages();
  const mayWatch = useRight('admin/Job.r');
  const mayAudit = useRight('admin/Audit.s');
  return (
    <Group component="nav" aria-label={t('operations.title')}>
      <Anchor component={NavLink} to="/operations" end>
        {t('operations.health')}
      </Anchor>
      {mayWatch && (
        <Anchor component={NavLink} to="/operations/doctor">
          {t('doctor.title')}
        </Anchor>
      )}
      {mayWatch && (
        <Anchor component={NavLink} to="/operations/extensions">
          {t('operations.extensions')}
        </Anchor>
      )}
      {mayAudit && (
        <Anchor component={NavLink} to="/operations/audit">
          {t('audit.title')}
        </Anchor>
      )}
    </Group>
  );
}
