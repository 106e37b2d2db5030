/** dba_db_links needs SELECT_CATALOG_ROLE or the like. SQL*Plus ends a statement at an empty line and at a semicolon. */
export const ORACLE_QUERY = `-- Database links of Oracle (12.2 and later). Reads dba_db_links, changes nothing, selects no user and no password.
-- Who may not read dba_db_links writes all_db_links in its place, and sees the public links and the own ones only.
-- sqlplus -S / as sysdba @FILE.sql > linked-servers.csv
-- In a container database once in each pluggable one
set define off
set feedback off
set pagesize 50000
set linesize 32767
set markup csv on
SELECT
  'oracle' AS engine,
  SYS_CONTEXT('USERENV', 'DB_UNIQUE_NAME') || '/' || SYS_CONTEXT('USERENV', 'CON_NAME') AS instance,
  found.kind AS kind,
  found.name AS name,
  REPLACE(REPLACE(found.host, CHR(13), ' '), CHR(10), ' ') AS host,
  '' AS port,
  '' AS target_database,
  found.product AS product,
  TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS asked_at
FROM (
  SELECT 'instance' AS kind, SYS_CONTEXT('USERENV', 'DB_UNIQUE_NAME') AS name, CAST(NULL AS VARCHAR2(2000)) AS host,
    (SELECT MIN(banner) FROM v$version) AS product
  FROM dual
  UNION ALL
  SELECT 'database-link', owner || '.' || db_link, host, 'Oracle Net' FROM dba_db_links
) found
ORDER BY kind, name;
exit
`;
