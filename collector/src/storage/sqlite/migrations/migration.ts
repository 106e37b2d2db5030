/** One step of the schema. Never edited once it has landed: databases exist that it made. */
export interface Migration {
  /** The database's user_version after this step; steps count from 1 without gaps. */
  version: number;
  sql: string;
}
