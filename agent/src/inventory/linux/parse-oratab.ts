/** An Oracle instance that /etc/oratab names. */
export interface OracleInstance {
  sid: string;
  home: string;
}

/** Lines of `SID:home:Y|N|W`; `+ASM` is storage, and an empty or `*` SID no instance. */
export function parseOratab(text: string): OracleInstance[] {
  return text.split("\n").flatMap((line) => {
    const [, sid = "", home = ""] = /^\s*([A-Za-z][\w.$]{0,63}):(\/[^:#]{1,1000}):/.exec(line) ?? [];
    return sid === "" ? [] : [{ sid, home: home.replace(/\/+$/, "") }];
  });
}
