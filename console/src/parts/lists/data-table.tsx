import { Table } from '@mantine/core';
import type { ReactNode } from 'react';
import { EmptyState } from './empty-state.js';

export interface Column<T> {
  readonly key: string;
  readonly label: string;
  readonly renderCell: (row: T) => ReactNode;
  /** Left out on small screens: the page of the row has it, too. */
  readonly isMinor?: boolean;
}

interface DataTableView<T> {
  /** Name of the content, for screen readers. */
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  /** Said in place of a table without rows. */
  readonly empty: string;
}

/** Rows of a list. The first column names the row. */
export function DataTable<T>({ caption, columns, rows, keyOf, empty }: DataTableView<T>) {
  if (rows.length === 0) return <EmptyState text={empty} />;
  return (
    <Table highlightOnHover verticalSpacing="xs" layout="auto" aria-label={caption}>
      <Table.Thead>
        <Table.Tr>
          {columns.map(({ key, label, isMinor }) => (
            <Table.Th key={key} scope="col" {...(isMinor === true && { visibleFrom: 'sm' })}>
              {label}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={keyOf(row)}>
            {columns.map(({ key, renderCell, isMinor }) => (
              <Table.Td key={key} className="break" {...(isMinor === true && { visibleFrom: 'sm' })}>
                {renderCell(row)}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
