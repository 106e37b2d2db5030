/**
 * A subscription's conninfo holds its password and only a superuser may read the column: whoever names it in a statement is
 * refused the whole of it. It is therefore asked within query_to_xml, and only by a superuser; words that end in password
 * are cut out before host and port are looked for. Others get the subscription's name alone.
 */
export const POSTGRESQL_QUERY = String.raw`-- Foreign servers, subscriptions and the replication source of PostgreSQL (11 and later, built with libxml, as packages
-- are). Changes nothing, selects no user and no password. Where subscriptions go to is shown to a superuser only.
-- Once in each database:  psql -X -d DATABASE --csv -f FILE.sql -o linked-servers.csv
SELECT
  'postgresql' AS engine,
  current_setting('port') || '/' || current_database() AS instance,
  found.kind,
  found.name,
  coalesce(found.host, '') AS host,
  coalesce(found.port, '') AS port,
  coalesce(found.target_database, '') AS target_database,
  coalesce(found.product, '') AS product,
  to_char(now() AT TIME ZONE 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS asked_at
FROM (
  SELECT 'instance' AS kind, current_database()::text AS name, NULL AS host, NULL AS port, NULL AS target_database,
    'PostgreSQL ' || current_setting('server_version') AS product
  UNION ALL
  SELECT 'foreign-server', s.srvname,
    (SELECT string_agg(option_value, ',') FROM pg_options_to_table(s.srvoptions)
      WHERE option_name IN ('host', 'hostaddr', 'servername', 'address', 'dbserver')),
    (SELECT string_agg(option_value, ',') FROM pg_options_to_table(s.srvoptions) WHERE option_name = 'port'),
    (SELECT string_agg(option_value, ',') FROM pg_options_to_table(s.srvoptions)
      WHERE option_name IN ('dbname', 'database')),
    w.fdwname
  FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
  UNION ALL
  SELECT 'subscription', p.subname,
    CASE WHEN c.words ~* '^postgres(ql)?://'
      THEN substring(c.words from '(?i)^postgres(?:ql)?://(?:[^@/?]*@)?([^@/?]*)(?:[/?]|$)')
      ELSE coalesce(substring(c.words from '(?:^|\s)host\s*=\s*''?([^\s'']+)'),
        substring(c.words from '(?:^|\s)hostaddr\s*=\s*''?([^\s'']+)')) END,
    CASE WHEN c.words !~* '^postgres(ql)?://'
      THEN substring(c.words from '(?:^|\s)port\s*=\s*''?([0-9,]+)') END,
    NULL, 'logical replication'
  FROM pg_subscription p
    LEFT JOIN LATERAL (
      SELECT regexp_replace(
        (xpath('/row/c/text()', query_to_xml(format(
          'SELECT subconninfo AS c FROM pg_subscription WHERE subdbid = %s AND subname = %L', p.subdbid, p.subname),
          false, true, '')))[1]::text,
        '\m\w*password\s*=\s*(''(\\.|[^''\\])*''|(\\.|[^\s\\])*)', '', 'gi') AS words
      WHERE current_setting('is_superuser') = 'on'
    ) c ON true
  WHERE p.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  UNION ALL
  SELECT 'replication-source', 'wal receiver', sender_host, sender_port::text, NULL, 'streaming replication'
  FROM pg_stat_wal_receiver
) AS found
ORDER BY found.kind, found.name;
`;
