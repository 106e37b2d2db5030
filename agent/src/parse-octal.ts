/** The text behind the kernel's and getmntent(3)'s escapes: blanks, backslashes and their like stand as `\040`. */
export function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
