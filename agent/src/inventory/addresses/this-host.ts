/** Names by which programs mean the host that they run on: nothing there changes with an address. */
export function isThisHost(server: string): boolean {
  return /^(?:(?:tcp|np|lpc):)?(?:\.|\(local\)|\(localdb\)|localhost|127\.\d+\.\d+\.\d+)(?:[\\,:]|$)/i.test(server);
}
