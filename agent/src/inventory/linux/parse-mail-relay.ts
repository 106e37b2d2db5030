/** How each mail program names the server that takes its mail: postconf(5), ssmtp.conf, msmtp, Debian's exim4, sendmail's DS macro, nullmailer's remotes, dma. */
const RELAYS = {
  postfix: /^relayhost[ \t]*=(?<relay>[^\n]*(?:\n[ \t]+[^\n]*)*)/gm,
  ssmtp: /^[ \t]*mailhub[ \t]*=[ \t]*(?<relay>\S+)[ \t]*$/gim,
  msmtp: /^[ \t]*host[ \t]+(?<relay>\S+)[ \t]*$/gm,
  sendmail: /^DS(?:\w*:)?(?<relay>\S+)[ \t]*$/gm,
  nullmailer: /^[ \t]*(?<relay>[^\s#]+)/gm,
  dma: /^[ \t]*SMARTHOST[ \t]+(?<relay>\S+)[ \t]*$/gm,
  exim: /^[ \t]*dc_smarthost[ \t]*=[ \t]*'(?<relay>[^']+)'[ \t]*$/gm,
};

/** The relays that a mail program's settings name; of postfix's lines the last one counts, which goes on in lines that begin with a blank. */
export function parseMailRelays(program: keyof typeof RELAYS, text: string): string[] {
  const plain = program === "postfix" ? text.replace(/^[ \t]*#.*\n?/gm, "").replace(/\r/g, "") : text;
  const found = [...plain.matchAll(RELAYS[program])].map((match) => match.groups?.["relay"] ?? "");
  return (program === "postfix" ? found.slice(-1) : found)
    .flatMap((value) => value.split(program === "postfix" ? /[\s,]+/ : ";"))
    .map((name) => name.trim())
    .filter((name) => /^[\w.:[\]-]{1,255}$/.test(name));
}
