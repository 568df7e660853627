import { List, Stack, Table, Text, Title } from '@mantine/core';
import { useMessages } from '../../messages/messages.js';
import { EmptyState } from '../../parts/lists/empty-state.js';
import { FactTable } from '../../parts/lists/fact-table.js';
import { TypeName } from '../../parts/type-name.js';
import { limits, type RecordSight, type TypeSight } from './others-access.js';

/** Counts by type, what keeps the rest back, and what is not told. */
export function SightTable({ sight }: { readonly sight: RecordSight }) {
  const t = useMessages();
  const { patient, user, client, inContext, clearance, consent, mayBreakGlass, types, untold, notLookedAt } = sight;
  return (
    <Stack>
      <Title order={2} size="h4" className="break">
        {t('sight.result', { who: [user, client].filter((one) => one !== undefined).join(', '), patient })}
      </Title>
      <FactTable
        facts={[
          [t('mine.clearance'), clearance],
          [t('mine.consent'), consent],
          [t('sight.breakGlass'), t(mayBreakGlass ? 'mine.may' : 'mine.mayNot')],
          ...(client === undefined
            ? []
            : [[t('sight.context'), t(inContext === true ? 'sight.inContext' : 'sight.noContext')] as const]),
        ]}
      />
      {types.length === 0 ? <EmptyState text={t('sight.empty')} /> : <Counts types={types} />}
      {sight.leftOut.length > 0 && (
        <Remark title={t('mine.ignored')} texts={sight.leftOut.map(({ scope, why }) => `${scope}: ${why}`)} />
      )}
      {untold.length > 0 && <Remark title={t('sight.untold')} texts={[untold.join(', ')]} />}
      {notLookedAt.length > 0 && <Remark title={t('sight.notLookedAt')} texts={[notLookedAt.join(', ')]} />}
    </Stack>
  );
}

function Counts({ types }: { readonly types: readonly TypeSight[] }) {
  const t = useMessages();
  return (
    <Table striped verticalSpacing="xs" horizontalSpacing={6} layout="auto" aria-label={t('sight.table')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t('mine.type')}</Table.Th>
          <Table.Th scope="col">{t('sight.shown')}</Table.Th>
          <Table.Th scope="col">{t('sight.why')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {types.map((one) => (
          <Table.Tr key={one.type}>
            <Table.Th scope="row">
              <TypeName type={one.type} />
            </Table.Th>
            <Table.Td className="break">
              {t(one.isPart === true ? 'sight.ofPart' : 'sight.of', {
                shown: t.number(one.shown),
                yours: t.number(one.yours),
              })}
            </Table.Td>
            <Table.Td className="break">
              <Why sight={one} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** What keeps resources back, with numbers, and the rules that decide about the type. */
function Why({ sight }: { readonly sight: TypeSight }) {
  const t = useMessages();
  const { withheld, scopes, reach, policies, refusals, way } = sight;
  const kept = limits.flatMap((limit) => {
    const count = withheld[limit];
    return count === undefined ? [] : [t(`sight.limit.${limit}`, { count: t.number(count) })];
  });
  const rules = [
    ...(scopes.length === 0 ? [] : [t('sight.scopes', { scopes: scopes.join(' ') })]),
    ...(reach.length === 0 ? [] : [t('sight.reach', { reach: reach.join('; ') })]),
    ...policies.map((policy) => t('mine.policy', { policy })),
    ...refusals,
    ...(way === 'read' ? [t('sight.byId')] : []),
  ];
  return (
    <>
      {kept.map((text) => (
        <Text key={text} size="sm" fw={600}>
          {text}
        </Text>
      ))}
      <List size="sm" listStyleType="none">
        {rules.map((text) => (
          <List.Item key={text}>{text}</List.Item>
        ))}
      </List>
    </>
  );
}

function Remark({ title, texts }: { readonly title: string; readonly texts: readonly string[] }) {
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      {texts.map((text) => (
        <Text key={text} size="sm" className="break">
          {text}
        </Text>
      ))}
    </Stack>
  );
}
