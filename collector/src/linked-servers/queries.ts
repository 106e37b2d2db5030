import type { Engine } from "./columns.ts";
import { MYSQL_QUERY } from "./query-mysql.ts";
import { ORACLE_QUERY } from "./query-oracle.ts";
import { POSTGRESQL_QUERY } from "./query-postgresql.ts";
import { SQL_SERVER_QUERY } from "./query-sqlserver.ts";

/** Texts for the databases' owners to run: they read, and name the columns of LINK_COLUMNS. */
export const LINK_QUERIES: Readonly<Record<Engine, string>> = {
  sqlserver: SQL_SERVER_QUERY,
  oracle: ORACLE_QUERY,
  postgresql: POSTGRESQL_QUERY,
  mysql: MYSQL_QUERY,
};
