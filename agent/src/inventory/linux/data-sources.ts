import { type Findings, pathsIn } from "../addresses/findings.ts";
import { parseDataSources } from "../addresses/parse-data-sources.ts";
import { isThisHost } from "../addresses/this-host.ts";
import { findTnsNames } from "../addresses/tns-names.ts";
import { parseOratab } from "./parse-oratab.ts";

/** Data sources of ODBC and of PostgreSQL's clients, and the names by which Oracle's clients know databases. */
export function findDataSources({ etcRoot, usrRoot }: { etcRoot: string; usrRoot: string }, to: Findings): void {
  const sources = ["odbc.ini", "unixODBC/odbc.ini", "freetds.conf", "freetds/freetds.conf"];
  const services = ["pg_service.conf", "postgresql-common/pg_service.conf", "sysconfig/pgsql/pg_service.conf"];
  for (const source of [...sources, ...services].map((name) => `${etcRoot}/${name}`)) {
    for (const { name: holder, server: target } of parseDataSources(to.textOf(source))) {
      if (!isThisHost(target)) to.add({ kind: "odbc", holder, target, source });
    }
  }
  // Of the server's and the full client's homes, and of Instant Client's packages.
  const homes = parseOratab(to.textOf(`${etcRoot}/oratab`)).map(({ home }) => home);
  const clients = pathsIn(`${usrRoot}/lib/oracle`).flatMap((path) => [`${path}/client64/lib`, `${path}/client/lib`]);
  const folders = [...new Set([...homes, ...clients])].map((home) => `${home}/network/admin`);
  for (const folder of [etcRoot, ...folders]) findTnsNames(`${folder}/tnsnames.ora`, to);
}
