import { PrimaryColumn } from 'typeorm';

/** A table whose key `tenant` leads. */
export abstract class TenantRow {
  /** Whose row it is; 1: of the tenant `default`. */
  @PrimaryColumn({ type: 'integer' })
  tenant!: number;
}
