import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

/** Facts of one thing: a label and a value for each. */
export function FactTable({ facts }: { readonly facts: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <Table variant="vertical" layout="auto" withRowBorders>
      <Table.Tbody>
        {facts.map(([label, value]) => (
          <Table.Tr key={label}>
            <Table.Th scope="row" w="35%" style={{ overflowWrap: 'break-word' }}>
              {label}
            </Table.Th>
            <Table.Td className="break">{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
