// Layout: https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4; PostgreSQL reads the rows in test/e2e/terminology-load.e2e.spec.ts
import { describe, expect, it } from 'vitest';
import { BinaryRows } from './binary-rows.js';

const head = '5047434f50590aff0d0a000000000000000000';

describe('rows in the binary format of COPY', () => {
  it('have lengths before values, and a mark at the end', () => {
    const rows = new BinaryRows(3);
    rows.row().integer(7).smallint(-2).null();
    expect(rows.end().toString('hex')).toBe(`${head}0003000000040000000700000002fffeffffffffffff`);
  });

  it('have arrays with the type of their elements, none of no dimension', () => {
    const rows = new BinaryRows(2);
    rows
      .row()
      .integers(Int32Array.of(1, 5, 6), 1, 2)
      .texts([]);
    const five = '00000001 00000000 00000017 00000001 00000001 00000004 00000005'.replaceAll(' ', '');
    expect(rows.end().toString('hex')).toBe(`${head}00020000001c${five}0000000c000000000000000000000019ffff`);
  });

  it('leave U+0000 out, replace halves of pairs and grow for long texts', () => {
    const rows = new BinaryRows(1);
    rows.row().text('a\0b');
    rows.row().text('\ud800');
    rows.row().text('é'.repeat(2_000_000));
    const made = rows.end();
    expect(made.toString('hex', 19, 35)).toBe('0001000000026162000100000003efbf');
    expect(made.length).toBe(19 + 8 + 9 + 6 + 4_000_000 + 2);
    expect(rows.isFull).toBe(true);
  });

  it('begin anew in the same memory', () => {
    const rows = new BinaryRows(1);
    rows.row().integer(1);
    rows.end();
    rows.begin();
    rows.row().integer(2);
    expect(rows.end().toString('hex')).toBe(`${head}00010000000400000002ffff`);
  });
});
