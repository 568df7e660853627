import { Anchor, Group } from '@mantine/core';
import { NavLink } from 'react-router';
import { useServer } from '../../login/use-login.js';
import { useMayHave } from '../../login/use-right.js';
import { useMessages } from '../../messages/messages.js';
import { type Section, sections } from './sections.js';

/** The ways to the other pages about operations. */
export function SectionLinks() {
  const t = useMessages();
  return (
    <Group component="nav" aria-label={t('operations.title')} gap="md">
      <Anchor component={NavLink} to="/operations" end>
        {t('operations.health')}
      </Anchor>
      {sections.map((section) => (
        <SectionLink key={section.path} section={section} />
      ))}
    </Group>
  );
}

function SectionLink({ section: { path, label, right, isHere } }: { readonly section: Section }) {
  const t = useMessages();
  const { config } = useServer();
  const mayOpen = useMayHave(right);
  if (!mayOpen || isHere?.(config) === false) return null;
  return (
    <Anchor component={NavLink} to={`/operations/${path.replace('/*', '')}`}>
      {t(label)}
    </Anchor>
  );
}
