/**
 * sys.servers needs no right beyond a login (metadata visibility). Not selected: provider_string and sys.linked_logins,
 * which may hold passwords. sqlcmd quotes nothing, so that the text quotes its cells itself.
 */
export const SQL_SERVER_QUERY = `-- Linked servers of SQL Server (2012 and later). Reads sys.servers, changes nothing, selects no login and no password.
-- sqlcmd -S HOST\\INSTANCE -E -i FILE.sql -s"," -W -w 65535 -f 65001 -o linked-servers.csv
SET NOCOUNT ON;
SELECT
  'sqlserver' AS engine,
  '"' + REPLACE(CAST(SERVERPROPERTY('ServerName') AS nvarchar(255)), '"', '""') + '"' AS instance,
  found.kind AS kind,
  '"' + REPLACE(REPLACE(REPLACE(COALESCE(found.name, N''), '"', '""'), CHAR(13), ' '), CHAR(10), ' ') + '"' AS name,
  '"' + REPLACE(REPLACE(REPLACE(COALESCE(found.host, N''), '"', '""'), CHAR(13), ' '), CHAR(10), ' ') + '"' AS host,
  '' AS port,
  '"' + REPLACE(COALESCE(found.target_database, N''), '"', '""') + '"' AS target_database,
  '"' + REPLACE(COALESCE(found.product, N''), '"', '""') + '"' AS product,
  CONVERT(varchar(19), SYSUTCDATETIME(), 126) + 'Z' AS asked_at
FROM (
  SELECT 'instance' AS kind, CAST(SERVERPROPERTY('ServerName') AS nvarchar(255)) AS name, CAST(NULL AS nvarchar(1000)) AS host,
    CAST(NULL AS nvarchar(255)) AS target_database,
    N'Microsoft SQL Server ' + CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(100)) AS product
  UNION ALL
  SELECT CASE WHEN is_linked = 1 THEN 'linked-server' ELSE 'remote-server' END, CAST(name AS nvarchar(255)),
    -- A data source may be a whole connection string. One that speaks of a password is not shown.
    CASE WHEN UPPER(data_source) LIKE N'%PWD%=%' OR UPPER(data_source) LIKE N'%PASSWORD%=%' THEN N''
      ELSE CAST(data_source AS nvarchar(1000)) END,
    CAST(catalog AS nvarchar(255)), CAST(provider AS nvarchar(255))
  FROM sys.servers WHERE server_id <> 0
) AS found
ORDER BY found.kind, found.name;
`;
