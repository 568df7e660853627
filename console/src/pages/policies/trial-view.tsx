import { Alert, List, Paper, Stack, Text, Title } from '@mantine/core';
import { useMessages } from '../../messages/messages.js';
import { DataTable } from '../../parts/lists/data-table.js';
import { EmptyState } from '../../parts/lists/empty-state.js';
import { Moment } from '../../parts/moment.js';
import { type Effect, effectKey, effects, type Trial, type TrialExample } from './trial.js';

/** Recent requests that would be answered otherwise under other policies. */
export function TrialView({ trial }: { readonly trial: Trial }) {
  const t = useMessages();
  const { tried, changes, examples, notes, lockedOut } = trial;
  const changed = effects.filter((effect) => changes[effect].shapes > 0);
  return (
    <Paper withBorder p="md" component="section" aria-label={t('policies.trial')}>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t('policies.trial')}
        </Title>
        {lockedOut !== undefined && (
          <Alert color="red" role="alert" title={t('policies.lockedOut')}>
            {lockedOut}
          </Alert>
        )}
        <Tried tried={tried} />
        {tried.shapes > 0 && changed.length === 0 && <Text fw={600}>{t('policies.tried.same')}</Text>}
        {changed.length > 0 && <Changes changed={changed} changes={changes} />}
        {examples.length > 0 && <Examples examples={examples} />}
        {tried.failed > 0 && <Text size="sm">{t.count('policies.tried.failed', tried.failed)}</Text>}
        {notes.map((note) => (
          <Text key={note} size="sm" lang="en">
            {note}
          </Text>
        ))}
      </Stack>
    </Paper>
  );
}

/** How many requests were decided again, and what was not. */
function Tried({ tried }: Pick<Trial, 'tried'>) {
  const t = useMessages();
  const { shapes, requests, since, isFull, leftOut } = tried;
  if (shapes === 0) return <EmptyState text={t('policies.tried.none')} />;
  return (
    <>
      <Text size="sm">
        {t.count('policies.tried', shapes, { requests: t.number(requests) })}{' '}
        {since !== undefined && <Moment instant={since} />}
      </Text>
      {leftOut !== undefined && <Text size="sm">{t.count('policies.tried.leftOut', leftOut)}</Text>}
      {isFull && <Text size="sm">{t('policies.tried.full')}</Text>}
    </>
  );
}

function Changes({ changed, changes }: { readonly changed: readonly Effect[]; readonly changes: Trial['changes'] }) {
  const t = useMessages();
  return (
    <List size="sm">
      {changed.map((effect) => (
        <List.Item key={effect}>
          <Text span fw={600} size="sm">
            {t(effectKey(effect))}:
          </Text>{' '}
          {t.count('policies.changes', changes[effect].shapes, { requests: t.number(changes[effect].requests) })}
        </List.Item>
      ))}
    </List>
  );
}

function Examples({ examples }: { readonly examples: readonly TrialExample[] }) {
  const t = useMessages();
  return (
    <DataTable
      caption={t('policies.examples')}
      rows={examples.map((example, at) => ({ ...example, at }))}
      keyOf={({ at }) => String(at)}
      empty=""
      columns={[
        {
          key: 'effect',
          label: t('policies.example.effect'),
          renderCell: ({ effect }) => (
            <Text size="sm" fw={600}>
              {t(effectKey(effect))}
            </Text>
          ),
        },
        {
          key: 'who',
          label: t('policies.example.who'),
          renderCell: (example) => whoOf(example, t('policies.patient')),
        },
        {
          key: 'request',
          label: t('policies.example.request'),
          renderCell: ({ request, reasons }) => (
            <Stack gap={2} lang="en">
              <Text size="sm">{request}</Text>
              {reasons.map((reason) => (
                <Text key={reason} size="xs">
                  {reason}
                </Text>
              ))}
            </Stack>
          ),
        },
        {
          key: 'seen',
          label: t('policies.example.seen'),
          renderCell: ({ seen, lastSeen }) => (
            <>
              {t.number(seen)}, <Moment instant={lastSeen} />
            </>
          ),
          isMinor: true,
        },
      ]}
    />
  );
}

/** The user and the app. A patient has no name here. */
const whoOf = ({ user, client }: TrialExample, patient: string): string =>
  [user ?? (client === undefined ? patient : undefined), client].filter((part) => part !== undefined).join(', ');
