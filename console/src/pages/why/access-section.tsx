import { Button, Group, Stack, Title } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../../messages/messages.js';
import type { AskedToken } from './others-access.js';
import { OthersAccessView } from './others-access-view.js';
import { SightLink } from './sight-link.js';
import { useQuestions } from './use-questions.js';

type Whose = { readonly user: string } | { readonly client: string; readonly hasUsers: boolean };

/** Fields that the page answers already; an app without users is asked about for itself. */
function hiddenFields(about: Whose): readonly (keyof AskedToken)[] {
  if ('user' in about) return ['user'];
  return about.hasUsers ? ['client'] : ['client', 'user'];
}

/** On the page of a user or an app: what it may do, and the way to what it would see of a patient. */
export function AccessSection({ about }: { readonly about: Whose }) {
  const t = useMessages();
  const { ofUsers, ofClients, ofRecords } = useQuestions();
  const [isOpen, setOpen] = useState(false);
  const isUser = 'user' in about;
  const whose = isUser ? { user: about.user } : { client: about.client };
  if (!(isUser ? ofUsers : ofClients)) return null;
  return (
    <Stack>
      <Title order={2} size="h4">
        {t('others.section')}
      </Title>
      <Group>
        <Button variant="default" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {t(isUser ? 'others.ofUser' : 'others.ofClient')}
        </Button>
        {ofRecords && <SightLink about={whose} text={t(isUser ? 'sight.ofUser' : 'sight.ofClient')} />}
      </Group>
      {isOpen && <OthersAccessView about={whose} hidden={hiddenFields(about)} atOnce={isUser || !about.hasUsers} />}
    </Stack>
  );
}
