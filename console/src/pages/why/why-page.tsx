import { Stack, Tabs, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useLocation } from 'react-router';
import { type MessageKey, useMessages } from '../../messages/messages.js';
import { PageTitle } from '../../parts/page-title.js';
import { ExplainToken } from './explain-token.js';
import { MyAccessView } from './my-access-view.js';
import { OthersAccessView } from './others-access-view.js';
import { RecordSightView } from './record-sight-view.js';
import { RefusalsView } from './refusals-view.js';
import { useQuestions } from './use-questions.js';
import type { SightAsked } from './sight-link.js';

/** Why a request is refused, or what a token permits: every check, every cure. */
export function WhyPage() {
  const t = useMessages();
  const { state } = useLocation() as { readonly state: { readonly sight?: SightAsked } | null };
  const tabs = useTabs(state?.sight);
  const [tab, setTab] = useState<string | null>(
    state?.sight && tabs.some(({ name }) => name === 'sight') ? 'sight' : 'token',
  );
  return (
    <Stack>
      <PageTitle text={t('why.title')} />
      <Text maw="70ch">{t('why.what')}</Text>
      <Tabs value={tab} onChange={setTab} keepMounted>
        <Tabs.List>
          {tabs.map(({ name, label }) => (
            <Tabs.Tab key={name} value={name}>
              {t(label)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ name, view, isAsking }) => (
          <Tabs.Panel key={name} value={name} pt="md">
            {(isAsking !== true || tab === name) && view}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}

interface WhyTab {
  readonly name: string;
  readonly label: MessageKey;
  readonly view: ReactNode;
  /** True if it asks the server as soon as it is shown. */
  readonly isAsking?: boolean;
}

/** Those that the user has the rights for. */
function useTabs(sight: SightAsked | undefined): readonly WhyTab[] {
  const { ofUsers, ofClients, ofRecords } = useQuestions();
  return [
    { name: 'token', label: 'why.token', view: <ExplainToken /> },
    { name: 'mine', label: 'why.mine', view: <MyAccessView />, isAsking: true },
    { name: 'refusals', label: 'refusals.title', view: <RefusalsView />, isAsking: true },
    ...(ofUsers || ofClients ? [{ name: 'others', label: 'others.title', view: <OthersAccessView /> } as const] : []),
    ...(ofRecords
      ? [{ name: 'sight', label: 'sight.title', view: <RecordSightView {...(sight && { about: sight })} /> } as const]
      : []),
  ];
}
