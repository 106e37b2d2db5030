import { parseIniLines } from "../../parse-ini.ts";

const NAME = /^[\w.:-]{1,253}$/;

/** Servers, pools and peers of chrony.conf(5) and ntp.conf(5), which share these words. */
export function parseTimeServers(text: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const [key = "", name = ""] = words[1] === "-4" || words[1] === "-6" ? [words[0], words[2]] : words;
    // ntp names local clocks as 127.127.*.
    return /^(?:server|pool|peer)$/i.test(key) && NAME.test(name) && !name.startsWith("127.") ? [name] : [];
  });
}

/** NTP= of timesyncd.conf(5); its fallbacks are the distribution's, and in no estate. */
export function parseTimesyncd(text: string): string[] {
  const names = parseIniLines(text).filter(({ section, key }) => section === "time" && key === "ntp");
  return names.flatMap(({ value }) => value.split(/\s+/)).filter((name) => NAME.test(name));
}
