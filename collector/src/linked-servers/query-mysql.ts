/**
 * MySQL executes comments that begin with /*!50700, MariaDB from 10.5.2 on those with /*M!100502 and not the former: both
 * have the table of sources there, MariaDB fills it only while performance_schema is on.
 */
export const MYSQL_QUERY = `-- Servers of federated tables and replication sources of MySQL (5.7 and later) or MariaDB (10.5 and later). Changes
-- nothing, selects no user and no password.
-- mysql --batch < FILE.sql > linked-servers.tsv
SELECT
  'mysql' AS engine,
  CONCAT(@@hostname, ':', @@port) AS instance,
  found.kind,
  found.name,
  COALESCE(found.host, '') AS host,
  COALESCE(found.port, '') AS port,
  COALESCE(found.target_database, '') AS target_database,
  COALESCE(found.product, '') AS product,
  DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%dT%H:%i:%sZ') AS asked_at
FROM (
  SELECT 'instance' AS kind, @@hostname AS name, NULL AS host, NULL AS port, NULL AS target_database,
    CONCAT(@@version, IF(@@performance_schema, '', ', performance_schema is off: sources may not be shown')) AS product
  UNION ALL
  SELECT 'federated-server', Server_name, Host, NULLIF(Port, 0), Db, Wrapper FROM mysql.servers
  /*!50700 UNION ALL SELECT 'replication-source', IF(CHANNEL_NAME = '', 'default', CHANNEL_NAME), HOST, NULLIF(PORT, 0), NULL,
    'replication' FROM performance_schema.replication_connection_configuration */
  /*M!100502 UNION ALL SELECT 'replication-source', IF(CHANNEL_NAME = '', 'default', CHANNEL_NAME), HOST, NULLIF(PORT, 0), NULL,
    'replication' FROM performance_schema.replication_connection_configuration */
) AS found
ORDER BY found.kind, found.name;
`;
