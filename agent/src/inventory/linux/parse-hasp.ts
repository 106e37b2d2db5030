import { isThisHost } from "../addresses/this-host.ts";
import { parseIniLines } from "../../parse-ini.ts";

/** Where Sentinel's licence manager (HASP) looks for licences beyond this host: hasplm.ini, section REMOTE. */
interface HaspSearch {
  servers: string[];
  /** It asks the subnet that it stands in: a server elsewhere isn't found. */
  broadcasts: boolean;
}

export function parseHasp(text: string): HaspSearch {
  const lines = parseIniLines(text).filter(({ section }) => section === "remote");
  const last = (name: string): string | undefined => lines.findLast(({ key }) => key === name)?.value;
  const named = lines.filter(({ key }) => key === "serveraddr").flatMap(({ value }) => value.split(/[\s,;]+/));
  return {
    servers: named.filter((server) => /^[\p{L}\p{N}._:-]{1,253}$/u.test(server) && !isThisHost(server)),
    broadcasts: last("broadcastsearch") === "1" && last("accessremote") !== "0",
  };
}
