import { Stack, Tabs, Text } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../../messages/messages.js';
import { PageTitle } from '../../parts/page-title.js';
import { ExplainToken } from './explain-token.js';
import { MyAccessView } from './my-access-view.js';
import { RefusalsView } from './refusals-view.js';

/** Why a request is refused, or what a token permits: every check, every cure. */
export function WhyPage() {
  const t = useMessages();
  const [tab, setTab] = useState<string | null>('token');
  return (
    <Stack>
      <PageTitle text={t('why.title')} />
      <Text maw="70ch">{t('why.what')}</Text>
      <Tabs value={tab} onChange={setTab} keepMounted>
        <Tabs.List>
          <Tabs.Tab value="token">{t('why.token')}</Tabs.Tab>
          <Tabs.Tab value="mine">{t('why.mine')}</Tabs.Tab>
          <Tabs.Tab value="refusals">{t('refusals.title')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="token" pt="md">
          <ExplainToken />
        </Tabs.Panel>
        <Tabs.Panel value="mine" pt="md">
          {tab === 'mine' && <MyAccessView />}
        </Tabs.Panel>
        <Tabs.Panel value="refusals" pt="md">
          {tab === 'refusals' && <RefusalsView />}
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
