/** True for an address by which a host, or a container, reaches only itself. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
