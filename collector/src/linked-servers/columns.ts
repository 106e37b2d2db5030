/** What the query of every engine prints, in this order. */
export const LINK_COLUMNS = [
  "engine",
  "instance",
  "kind",
  "name",
  "host",
  "port",
  "target_database",
  "product",
  "asked_at",
] as const;
export type LinkColumn = (typeof LINK_COLUMNS)[number];

/** Engines as the column `engine` has them, and as people call them. */
export const ENGINES = {
  sqlserver: "SQL Server",
  oracle: "Oracle",
  postgresql: "PostgreSQL",
  mysql: "MySQL or MariaDB",
} as const;
export type Engine = keyof typeof ENGINES;

/** Of the line by which an instance names itself, so that "no links" and "nobody asked" differ. */
export const SELF = "instance";

/** Kinds of links, in words and with where the engine keeps them. */
export const LINK_KINDS = {
  "linked-server": { words: "linked server", source: "sys.servers" },
  "remote-server": { words: "remote server", source: "sys.servers" },
  "database-link": { words: "database link", source: "dba_db_links" },
  "foreign-server": { words: "foreign server", source: "pg_foreign_server" },
  subscription: { words: "subscription", source: "pg_subscription" },
  "federated-server": { words: "server", source: "mysql.servers" },
  "replication-source": { words: "replication channel", source: "the engine's replication status" },
} as const;
export type LinkKind = keyof typeof LINK_KINDS;
