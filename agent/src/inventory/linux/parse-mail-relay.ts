/** How each mail program names the server that takes its mail: postconf(5), ssmtp.conf, msmtp, Debian's exim4, sendmail's DS macro, nullmailer's remotes, dma. */
const RELAYS = {
  postfix: /^[ \t]*relayhost[ \t]*=[ \t]*(?<relay>\S+)[ \t]*$/gm,
  ssmtp: /^[ \t]*mailhub[ \t]*=[ \t]*(?<relay>\S+)[ \t]*$/gim,
  msmtp: /^[ \t]*host[ \t]+(?<relay>\S+)[ \t]*$/gm,
  sendmail: /^DS(?:\w*:)?(?<relay>\S+)[ \t]*$/gm,
  nullmailer: /^[ \t]*(?<relay>[^\s#]+)/gm,
  dma: /^[ \t]*SMARTHOST[ \t]+(?<relay>\S+)[ \t]*$/gm,
  exim: /^[ \t]*dc_smarthost[ \t]*=[ \t]*'(?<relay>[^']+)'[ \t]*$/gm,
};

/** The relays that a mail program's settings name; of postfix the last one counts. */
export function parseMailRelays(program: keyof typeof RELAYS, text: string): string[] {
  const found = [...text.matchAll(RELAYS[program])].map((match) => match.groups?.["relay"] ?? "");
  const names = found
    .flatMap((value) => value.split(";"))
    .map((name) => name.trim())
    .filter((name) => /^[\w.:[\]-]{1,255}$/.test(name));
  return program === "postfix" ? names.slice(-1) : names;
}
